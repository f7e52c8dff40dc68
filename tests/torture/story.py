"""What happened in one run, line by line: printed when something is wrong."""

from __future__ import annotations

import time
from dataclasses import dataclass, field


class Violation(AssertionError):
    """After recovery something is not as it has to be."""


@dataclass
class Story:
    """Lines with the milliseconds since the run began."""

    began: float = field(default_factory=time.monotonic)
    lines: list[str] = field(default_factory=list)

    def tell(self, line: object) -> None:
        self.lines.append(f"{(time.monotonic() - self.began) * 1000:8.1f} ms  {line}")

    def __str__(self) -> str:
        return "\n".join(self.lines)
