"""Pictures varied for training, as other people might have sent or drawn them; never mirrored: text is a signal."""

import io
from typing import Final

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional

RESENT: Final = 0.08
"""Share of pictures that come a second time: smaller, and coded anew."""
LEAST_SIZE: Final = 0.5
LEAST_QUALITY: Final = 20
BEST_QUALITY: Final = 60


def resend(inputs: Tensor, generator: torch.Generator) -> Tensor:
    """Some pictures as they look once they were made smaller, saved as JPEG and enlarged again.

    `inputs` uint8 [n, 3, height, width], and so is the result. Sizes are shares of the picture's own, as likely near
    the least as near 1.
    """
    sent = inputs.cpu().clone()
    height, width = inputs.shape[2:]
    draws = torch.rand(len(inputs), 3, generator=generator).tolist()
    for picture, (chance, size, quality) in zip(sent, draws, strict=True):
        if chance < RESENT:
            share = LEAST_SIZE**size
            image = Image.fromarray(picture.permute(1, 2, 0).numpy())
            file = io.BytesIO()
            small = image.resize((round(width * share), round(height * share)), Image.Resampling.BICUBIC)
            small.save(file, "JPEG", quality=round(LEAST_QUALITY + quality * (BEST_QUALITY - LEAST_QUALITY)))
            with Image.open(file) as coded:
                again = np.array(coded.resize((width, height), Image.Resampling.BILINEAR))
            picture.copy_(torch.from_numpy(again.transpose(2, 0, 1)))
    return sent.to(inputs.device)


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
