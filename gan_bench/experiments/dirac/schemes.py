"""The ways in which both players take turns, and what their measured numbers are called. Free of torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

_Updates = Literal["simultaneous", "alternating", "extragradient", "consensus"]


@dataclass(frozen=True)
class Scheme:
    """Updates and, where they alternate, the number of critic steps."""

    updates: _Updates
    n_critic: int = 1

    @property
    def key(self) -> str:
        """Name in metrics and arrays."""
        return f"{self.updates}_{self.n_critic}" if self.updates == "alternating" else self.updates

    @property
    def title(self) -> str:
        """Name in figures."""
        if self.updates != "alternating":
            return self.updates
        return f"alternating, {self.n_critic} critic step{'s' if self.n_critic > 1 else ''}"


def schemes(settings: Mapping[str, Any]) -> list[Scheme]:
    """The schemes of one job's settings; consensus updates have one of their own."""
    if settings["method"]["updates"] == "consensus":
        return [Scheme("consensus")]
    found = [Scheme("simultaneous"), *(Scheme("alternating", n) for n in settings["critic_steps"])]
    return [*found, Scheme("extragradient")] if settings["extragradient"] else found


def strengthened(described: Mapping[str, Any], option: str, value: float) -> dict[str, Any]:
    """A described method with another gamma, weight or sigma in every part that has one."""
    parts = [{**part, option: value} if option in part else part for part in described["constraints"]]
    changes: dict[str, Any] = {"constraints": parts}
    if option == "gamma" and described["updates"] == "consensus":
        changes["consensus_gamma"] = value
    return {**described, **changes}
