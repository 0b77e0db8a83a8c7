"""A QR code as SVG, which a strict content security policy lets a page show: pure."""

import segno
from markupsafe import Markup

QUIET_MODULES = 4  # ISO/IEC 18004: the white border without which readers find no code


def qr_code(text: str) -> Markup:
    """Return the code as an SVG element without a size; the style sheet gives it one.

    Level M: it is still read when 15 % of it are covered.
    """
    code = segno.make(text, error="m", micro=False)
    # White in a dark theme too: many readers take no inverted code.
    svg = code.svg_inline(border=QUIET_MODULES, omitsize=True, light="white", svgclass="qlines-qr")
    return Markup(svg)  # noqa: S704 - it has squares only, whatever the text is
