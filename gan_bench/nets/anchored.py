"""A generator that starts exactly on a given distribution, so that supports can begin apart."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn


class Anchored(nn.Module):
    """push(z) + net(z) - net0(z), with net0 the frozen start of net: at step 0 the samples are push(z).

    push maps the first two latent coordinates, standard normal, onto the starting distribution. Any net
    serves unchanged, since only its change since the start moves a sample.
    """

    def __init__(self, make: Callable[[], nn.Module], push: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        # Built twice, because not every module can be copied (torch's old weight_norm cannot).
        self.net, self.start = make(), make().requires_grad_(False)
        self.start.load_state_dict(self.net.state_dict())
        self.push = push

    def forward(self, z: Tensor) -> Tensor:
        return self.push(z[..., :2]) + self.net(z) - self.start(z)
