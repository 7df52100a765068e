"""The parts of charts: a frame with scales, and elements with their text escaped."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape


@dataclass(frozen=True, slots=True)
class Frame:
    """Where data lie in a drawing of width by height px."""

    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float
    x_range: tuple[float, float]
    y_range: tuple[float, float]

    def x(self, value: float) -> float:
        """Return where a value lies, px from the left."""
        low, high = self.x_range
        return self.left + (value - low) / (high - low) * (self.width - self.left - self.right)

    def y(self, value: float) -> float:
        """Return where a value lies, px from the top."""
        low, high = self.y_range
        return (
            self.height - self.bottom - (value - low) / (high - low) * (self.height - self.top - self.bottom)
        )


@dataclass(frozen=True, slots=True)
class Mark:
    """One point: x, y and the interval of y, with a sentence for a tooltip."""

    x: float
    y: float
    low: float
    high: float
    title: str


def x_ticks(frame: Frame, values: Sequence[float]) -> Markup:
    """Return the axis below the data, with its ticks."""
    base = frame.height - frame.bottom
    parts = [element("line", "base", x1=frame.left, x2=frame.width - frame.right, y1=base, y2=base)]
    for value in values:
        anchor = "start" if value == 0 and frame.left < 10 else "middle"
        parts.append(text(f"{value:,.10g}", frame.x(value), base + 18, "tick", anchor))
    return Markup("").join(parts)


def above(value: float) -> float:
    """Return the next round number."""
    value = max(value, 1.0)
    step = 10 ** math.floor(math.log10(value))
    return float(math.ceil(value / step * 4) / 4 * step)


def ticks(low: float, high: float, most: int) -> list[float]:
    """Return about ``most`` round numbers from ``low`` to ``high``."""
    raw = (high - low) / most
    scale = 10 ** math.floor(math.log10(raw))
    step = next(s * scale for s in (1, 2, 2.5, 5, 10) if s * scale >= raw * (1 - 1e-9))
    first = math.ceil(low / step - 1e-9)
    return [round(i * step, 10) for i in range(first, math.floor(high / step + 1e-9) + 1)]


def svg(frame: Frame, description: str, body: Sequence[Markup], wide: bool) -> Markup:
    """Return a whole drawing; the page shows the wide or the narrow one."""
    return Markup(
        '<svg class="{}" viewBox="0 0 {:.0f} {:.0f}" width="{:.0f}" height="{:.0f}" role="img" '
        'aria-label="{}">{}</svg>'
    ).format(
        "wide" if wide else "narrow",
        *(frame.width, frame.height, frame.width, frame.height),
        description,
        Markup("").join(body),
    )


def group(title: str, parts: Sequence[Markup]) -> Markup:
    """Return parts that share a tooltip."""
    return Markup("<g><title>{}</title>{}</g>").format(title, Markup("").join(parts))


def text(text: str, x: float, y: float, style: str, anchor: str) -> Markup:
    """Return a label; ``anchor`` is start, middle or end."""
    return Markup('<text class="{}" x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>').format(
        style, x, y, anchor, text
    )


def element(name: str, style: str, **attributes: float | str) -> Markup:
    """Return an element with the CSS class ``style``."""
    parts = [
        f' {key}="{escape(value if isinstance(value, str) else f"{value:.1f}")}"'
        for key, value in attributes.items()
    ]
    return Markup(f'<{name} class="{escape(style)}"{"".join(parts)}/>')  # noqa: S704 - escaped above
