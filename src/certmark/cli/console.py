"""Where the command line writes: data to stdout, remarks to stderr."""

from __future__ import annotations

import os
import sys


class Console:
    """The two streams of a person's terminal, or of a pipe.

    `quiet` keeps remarks back (refusals are always said).
    """

    def __init__(self) -> None:
        self.quiet = False

    @property
    def is_terminal(self) -> bool:
        """Whether data goes to a person's terminal."""
        return sys.stdout.isatty()

    @property
    def colour(self) -> bool:
        """Whether data may be coloured: on a terminal, unless NO_COLOR is set (https://no-color.org)."""
        return self.is_terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"

    def data(self, text: str) -> None:
        """Write `text` to stdout; a last newline is added if there is none.

        A pipe gets it as it is. On a terminal what does not print is escaped: there may be foreign text in it.
        """
        text = text if text.endswith("\n") or not text else text + "\n"
        sys.stdout.write(harmless(text) if self.is_terminal else text)

    def data_bytes(self, content: bytes) -> None:
        """Write `content` to stdout, as `data` does."""
        if self.is_terminal:
            sys.stdout.write(harmless(content.decode("utf-8", "replace")))
            return
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()

    def remark(self, sentence: str) -> None:
        """One sentence to stderr, unless quiet."""
        if not self.quiet:
            self.refuse(sentence)

    @staticmethod
    def refuse(sentence: str) -> None:
        """One sentence to stderr, always; what does not print in it is escaped: names in it are foreign.

        A terminal gets it in lines that end between words; all others get one line.
        """
        line = f"certmark: {printable(sentence)}"
        if sys.stderr.isatty():
            from textwrap import fill  # a pipe needs neither

            from certmark.cli.parser import window_width

            line = fill(line, window_width(2), subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
        sys.stderr.write(f"{line}\n")

    @staticmethod
    def refuse_lines(text: str) -> None:
        """A text of our own to stderr, as it is: help where a verb is missing."""
        sys.stderr.write(f"{text}\n")


def printable(line: str) -> str:
    """`line` with everything that does not print escaped, line ends too."""
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in line)


def harmless(text: str) -> str:
    """`text` with everything escaped that does not print, but for line ends and tabs."""
    return "".join(sign if sign.isprintable() or sign in "\n\t" else ascii(sign)[1:-1] for sign in text)
