#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""bar_chart.py TITLE UNIT BETTER - an SVG from lines "LABEL<tab>MEDIAN<tab>MIN<tab>MAX" on stdin; BETTER is less or more.

A line with no numbers is an agent that was not measured. Lines whose label begins with "Caretaker" are drawn in another
colour; where none does, all are of Caretaker. The colours follow the reader's light or dark scheme, and the background stays that of the page.
"""
import sys
from xml.sax.saxutils import escape, quoteattr

WIDTH, LABEL_WIDTH, VALUE_WIDTH = 760, 190, 190
BAR, GAP, TOP, BOTTOM = 22, 12, 52, 14
BARS = WIDTH - LABEL_WIDTH - VALUE_WIDTH
STYLE = """
  text { font: 13px system-ui, "Liberation Sans", sans-serif; fill: #1f2328 }
  .title { font-size: 15px; font-weight: 600 }
  .quiet { fill: #59636e }
  .peer { fill: #8c959f }
  .ours { fill: #1f6feb }
  .spread { stroke: #1f2328; stroke-width: 1.5; fill: none }
  .axis { stroke: #8c959f }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .quiet { fill: #9198a1 }
    .peer { fill: #6e7681 }
    .ours { fill: #4493f8 }
    .spread { stroke: #e6edf3 }
  }
"""


def number(value):
    """Three digits that count, as in the tables."""
    size = abs(value)
    return f"{value:.0f}" if size >= 100 else f"{value:.1f}" if size >= 10 else f"{value:.2f}"


def bar(row, y, per_unit, unit, is_ours):
    label, *numbers = row
    middle = y + BAR / 2
    text_y = f"{middle + 4.5:.1f}"
    yield f'<text x="{LABEL_WIDTH - 10}" y="{text_y}" text-anchor="end">{escape(label)}</text>'
    if not numbers:
        yield f'<text x="{LABEL_WIDTH + 8}" y="{text_y}" class="quiet">not measured</text>'
        return
    median, least, most = (float(each) for each in numbers)
    kind = "ours" if is_ours else "peer"
    yield f'<rect class="{kind}" x="{LABEL_WIDTH}" y="{y}" width="{max(1, median * per_unit):.1f}" height="{BAR}" rx="2"/>'
    left, right = (LABEL_WIDTH + each * per_unit for each in (least, most))
    if most > least:
        yield (f'<path class="spread" d="M{left:.1f} {middle - 4}v8M{left:.1f} {middle}H{right:.1f}'
               f'M{right:.1f} {middle - 4}v8"/>')
    spread = f' <tspan class="quiet">({number(least)} to {number(most)})</tspan>' if most > least else ""
    end = max(right, LABEL_WIDTH + median * per_unit)
    yield f'<text x="{end + 8:.1f}" y="{text_y}">{number(median)} {escape(unit)}{spread}</text>'


def main():
    title, unit, better = sys.argv[1:4]
    rows = [line.rstrip("\n").split("\t") for line in sys.stdin]
    most = max((float(row[3]) for row in rows if len(row) > 1), default=0)
    per_unit = BARS / most if most > 0 else 0
    height = TOP + len(rows) * (BAR + GAP) + BOTTOM
    heading = f"{title}, {unit}" if unit else title
    print(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
          f'role="img" aria-label={quoteattr(heading)}>')
    print(f"<style>{STYLE}</style>")
    print(f'<text class="title" x="12" y="22">{escape(heading)}</text>')
    print(f'<text class="quiet" x="12" y="40">{escape(better)} is better; median, with the smallest and the largest of the '
          'rounds</text>')
    ours = [row[0].startswith("Caretaker") for row in rows]
    for index, row in enumerate(rows):
        for line in bar(row, TOP + GAP // 2 + index * (BAR + GAP), per_unit, unit, ours[index] or not any(ours)):
            print(line)
    print(f'<path class="axis" d="M{LABEL_WIDTH} {TOP}V{height - BOTTOM}"/>')
    print("</svg>")


if __name__ == "__main__":
    main()
