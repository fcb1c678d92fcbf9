"""Values and decisions: pure, told the date, standard library only.

Values are `NamedTuple`s, not dataclasses: frozen, compared by content, and cheap to import
(docs/decisions/0002-values-are-named-tuples.md).
"""
