"""Print a script with which a shell completes what is typed: verbs, options, programs, guidelines, clouds, runs.

For bash: eval "$(certmark completion bash)" in ~/.bashrc. For zsh the same in ~/.zshrc, after compinit. For fish:
certmark completion fish > ~/.config/fish/completions/certmark.fish. The script asks certmark completion words for
what may stand next, so it need not be made anew.

exit status: 0 printed, 2 usage
"""

from __future__ import annotations

from dataclasses import dataclass

from certmark.cli.console import Console
from certmark.cli.exits import Exit
from certmark.cli.options import argument

_SCRIPTS = {
    "bash": """\
_certmark() {
    local IFS=$'\\n' line cur=${COMP_WORDS[COMP_CWORD]}
    COMPREPLY=()
    for line in $(certmark completion words -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null); do
        if [[ $line == :files ]]; then
            compopt -o filenames
            COMPREPLY+=($(compgen -f -- "$cur"))
        else
            COMPREPLY+=("$line")
        fi
    done
}
complete -F _certmark certmark
""",
    "zsh": """\
#compdef certmark
_certmark() {
    local line
    local -a found
    for line in ${(f)"$(certmark completion words -- "${(@)words[2,CURRENT]}" 2>/dev/null)"}; do
        if [[ $line == :files ]]; then _files; else found+=("$line"); fi
    done
    (( $#found )) && compadd -a found
}
compdef _certmark certmark
""",
    "fish": """\
function __certmark
    set -l typed (commandline -opc) (commandline -ct)
    for line in (certmark completion words -- $typed[2..-1] 2>/dev/null)
        if test "$line" = :files
            __fish_complete_path (commandline -ct)
        else
            echo $line
        end
    end
end
complete -c certmark -f -a '(__certmark)'
""",
}
_WORDS = "words"


@dataclass(frozen=True, kw_only=True)
class Options:
    """The options of the verb."""

    shell: str = argument(metavar="SHELL", choices=(*_SCRIPTS, _WORDS), help="bash, zsh or fish; words is for scripts")
    words: tuple[str, ...] = argument(
        metavar="WORD", nargs="*", help="for words, after --: what is typed so far, the unfinished word last"
    )


def run(options: Options, console: Console) -> Exit:
    """Print the script, or what may stand next."""
    if options.shell != _WORDS:
        console.data(_SCRIPTS[options.shell])
        return Exit.OK
    from certmark.cli.candidates import candidates

    console.data("".join(f"{word}\n" for word in candidates(options.words)))
    return Exit.OK
