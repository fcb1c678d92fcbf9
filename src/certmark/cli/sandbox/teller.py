"""What a person is told while a sandbox comes up or goes down."""

from __future__ import annotations

import time

from certmark.cli.console import Console
from certmark.domain.remarks import Remark
from certmark.sandbox.events import Event, StepBegan, StepEnded


class Teller:
    """Listens to a sandbox and says what is worth a line, with the time since the beginning."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._began = time.monotonic()
        self.heard_any = False
        """Whether anything had to be done."""

    @property
    def seconds(self) -> float:
        """Since the beginning."""
        return time.monotonic() - self._began

    def __call__(self, event: Event) -> None:
        """Say `event`, if it is worth a line."""
        self.heard_any = True
        match event:
            case StepBegan(text=text, service=False):
                self._say(text)
            case StepEnded(text=text, service=True):
                self._say(f"{text} is up")
            case Remark(text=text):
                self._say(text)
            case _:
                pass

    def _say(self, sentence: str) -> None:
        self._console.remark(f"[{self.seconds:6.1f} s] {sentence}")
