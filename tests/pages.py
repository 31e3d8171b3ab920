"""What tests of pages measure in a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page


def overflowing(page: Page) -> list[str]:
    """What reaches beyond the window at the right or the left, but for what scrolls by itself."""
    found: list[str] = page.evaluate("""() => [...document.body.querySelectorAll("*")]
        .filter(element => {
            const box = element.getBoundingClientRect();
            const right = document.documentElement.clientWidth + 1;
            const scrolls = element.parentElement.closest(".wide");
            return box.width && !scrolls && (box.right > right || box.left < -1);
        }).map(element => element.outerHTML.slice(0, 120))""")
    return found


def contrast(text: Locator) -> float:
    """Of a text with what lies behind it, as WCAG 2.1 counts it: 1 to 21."""
    colours = text.evaluate("""element => {
        const shown = getComputedStyle(element).color;
        while (getComputedStyle(element).backgroundColor === "rgba(0, 0, 0, 0)")
            element = element.parentElement;
        return [shown, getComputedStyle(element).backgroundColor];
    }""")
    ink, paper = sorted(map(_luminance, colours))
    return (paper + 0.05) / (ink + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(value) / 255 for value in colour.strip("rgb()").split(",")]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(c * weight for c, weight in zip(linear, (0.2126, 0.7152, 0.0722), strict=True))
