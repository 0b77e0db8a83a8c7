"""Compare two pictures of a page as somebody would who looks at both, not pixel by pixel.

Each picture is divided into small squares. A square looks the same while its mean grey level is
about the same, so the edges of letters may be smoothed in another way, and a card that moved, is
missing or says something else is seen.
"""

import base64
from typing import NamedTuple

from playwright.sync_api import Page

SQUARE = 8  # pixels: about a letter
MAX_DIFFERENCE = 16  # of 255 grey levels: letters that are half a pixel away differ by 12
MAX_CHANGED = 2  # squares

GREY_LEVELS = """async ([png, square]) => {
  const bytes = Uint8Array.from(atob(png), (letter) => letter.charCodeAt(0));
  const image = await createImageBitmap(new Blob([bytes]));
  const canvas = new OffscreenCanvas(image.width, image.height);
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  const [columns, rows] = [image.width, image.height].map((length) => Math.ceil(length / square));
  return Array.from({length: rows}, (_row, y) => Array.from({length: columns}, (_column, x) => {
    const [left, top] = [x * square, y * square];
    const size = [Math.min(square, image.width - left), Math.min(square, image.height - top)];
    const {data} = context.getImageData(left, top, ...size);
    let sum = 0;
    for (let i = 0; i < data.length; i += 4) sum += data[i] * 0.299 + data[i + 1] * 0.587 + data[i + 2] * 0.114;
    return sum / (data.length / 4);
  }));
}"""  # noqa: E501

Squares = list[list[float]]


class Place(NamedTuple):
    """Where a square is in a picture, in pixels from its left and top edge."""

    left: int
    top: int


def squares_of(page: Page, png: bytes) -> Squares:
    """Return the mean grey levels of a picture's squares, row by row; any page can read it."""
    levels: Squares = page.evaluate(GREY_LEVELS, [base64.b64encode(png).decode(), SQUARE])
    return levels


def changed_places(before: Squares, after: Squares) -> list[Place]:
    """Return where two pictures differ; [] when that is too little to be seen.

    Raise ValueError when the pictures have different sizes.
    """
    shapes = [(len(squares), len(squares[0])) for squares in (before, after)]
    if shapes[0] != shapes[1]:
        raise ValueError(f"the pictures must have one size, got {shapes[0]} and {shapes[1]}")
    changed = [
        Place(x * SQUARE, y * SQUARE)
        for y, (row, other) in enumerate(zip(before, after, strict=True))
        for x, (level, now) in enumerate(zip(row, other, strict=True))
        if abs(level - now) > MAX_DIFFERENCE
    ]
    return changed if len(changed) > MAX_CHANGED else []
