"""The random streams of the members of a batch: each draws what it would draw alone."""

from __future__ import annotations

from collections.abc import Sequence

import torch


class Streams:
    """The random streams of the members: those whose streams stand at the same point share one.

    `states` are CPU generator states, one per member. A shared stream gives all its members the draws that each would
    make alone, as long as they draw the same shapes.
    """

    def __init__(self, states: Sequence[torch.Tensor]) -> None:
        self.restore(states)

    def restore(self, states: Sequence[torch.Tensor]) -> None:
        """Stand where `states` say."""
        known: dict[bytes, int] = {}
        owners = [known.setdefault(state.numpy().tobytes(), len(known)) for state in states]
        self._of_member = torch.tensor(owners)
        self._generators = [torch.Generator() for _ in known]
        for owner, state in zip(owners, states, strict=True):
            self._generators[owner].set_state(state)

    def states(self) -> list[torch.Tensor]:
        """The state of every member's stream."""
        return [self._generators[stream].get_state() for stream in self._of_member.tolist()]

    def keep(self, members: Sequence[int]) -> None:
        """Go on with these members."""
        states = self.states()
        self.restore([states[member] for member in members])

    def dropout_mask(self, shape: torch.Size, keep: float) -> torch.Tensor:
        """(members, *shape) of 0 and 1 / keep, drawn as torch's own dropouts do on the CPU."""
        drawn = [torch.empty(shape).bernoulli_(keep, generator=one).div_(keep) for one in self._generators]
        return torch.stack(drawn).index_select(0, self._of_member)
