"""Pictures varied for training, as their makers might have drawn them; never mirrored: text is a signal."""

import torch
from torch import Tensor
from torch.nn import functional


def vary_pixels(inputs: Tensor, generator: torch.Generator) -> Tensor:
    """Shift, zoom and recolour pictures a little.

    `inputs` [n, 3, height, width] in [0, 255], uint8 or float; the result is float.
    """
    count = len(inputs)

    def draw(low: float, high: float, *shape: int) -> Tensor:
        return (low + (high - low) * torch.rand(count, *shape, generator=generator)).to(inputs.device)

    zoom = draw(0.9, 1.05)
    placement = torch.zeros(count, 2, 3, device=inputs.device)
    placement[:, 0, 0] = zoom
    placement[:, 1, 1] = zoom * draw(0.96, 1.04)
    placement[:, :, 2] = draw(-0.06, 0.06, 2)
    grid = functional.affine_grid(placement, list(inputs.shape), align_corners=False)
    moved = functional.grid_sample(inputs.float(), grid, padding_mode="reflection", align_corners=False)
    lit = moved * draw(0.8, 1.2, 1, 1, 1) + draw(-20, 20, 1, 1, 1)
    grey = lit.mean(dim=1, keepdim=True)
    coloured = (grey + (lit - grey) * draw(0.75, 1.25, 1, 1, 1)) * draw(0.94, 1.06, 3, 1, 1)
    return coloured.clamp(0, 255)
