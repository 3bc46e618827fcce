"""The pipeline as a drawing, for notebooks."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from laminardb import PipelineTopology

_COLOURS = {"source": "#4c78a8", "stream": "#54a24b", "sink": "#f58518"}
_NODE_HEIGHT, _ROW, _GAP, _MARGIN = 36, 52, 56, 6
_CHARACTER = 7.2  # width


def svg(topology: PipelineTopology) -> str:
    """Nodes in columns, each right of all it reads, and an arrow for every edge."""
    nodes = {node.name: node for node in topology.nodes}
    if not nodes:
        return "<em>no sources, no streams</em>"
    edges = [(edge.from_node, edge.to_node) for edge in topology.edges]
    column = _columns(list(nodes), edges)
    members: dict[int, list[str]] = {}
    for name in nodes:
        members.setdefault(column[name], []).append(name)
    widths = {c: max(_width(name) for name in names) for c, names in members.items()}
    left = {c: _MARGIN + sum(widths[b] + _GAP for b in range(c)) for c in members}
    place = {name: (left[c], _MARGIN + row * _ROW) for c, names in members.items() for row, name in enumerate(names)}

    width = max(left[c] + widths[c] for c in members) + _MARGIN
    height = _MARGIN * 2 + max(map(len, members.values())) * _ROW - (_ROW - _NODE_HEIGHT)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height}" font-family="sans-serif" '
        'font-size="13" fill="currentColor" role="img">'
    ]
    for start, end in edges:
        x1, y1 = place[start][0] + widths[column[start]], place[start][1] + _NODE_HEIGHT / 2
        x2, y2 = place[end][0], place[end][1] + _NODE_HEIGHT / 2
        bend = (x2 - x1) / 2
        parts.append(
            f'<path d="M{x1:.0f} {y1:.0f}C{x1 + bend:.0f} {y1:.0f} {x2 - bend:.0f} {y2:.0f} {x2 - 6:.0f} {y2:.0f}" '
            'fill="none" stroke="currentColor" opacity=".5"/>'
            f'<path d="M{x2:.0f} {y2:.0f}l-7 -4v8z" opacity=".5"/>'
        )
    for name, node in nodes.items():
        x, y = place[name]
        colour = _COLOURS.get(node.node_type, "#888")
        hint = escape(node.sql or node.node_type)
        parts.append(
            f'<g><title>{hint}</title><rect x="{x:.0f}" y="{y}" width="{widths[column[name]]:.0f}" '
            f'height="{_NODE_HEIGHT}" rx="6" fill="{colour}" fill-opacity=".18" stroke="{colour}"/>'
            f'<text x="{x + 12:.0f}" y="{y + 16}">{escape(_short(name))}</text>'
            f'<text x="{x + 12:.0f}" y="{y + 29}" font-size="10" opacity=".65">{escape(node.node_type)}</text></g>'
        )
    return "".join(parts) + "</svg>"


def _columns(names: list[str], edges: list[tuple[str, str]]) -> dict[str, int]:
    """How many edges the longest way to each node has. Nodes come after what they read, so one pass is enough."""
    column = dict.fromkeys(names, 0)
    for name in names:
        column[name] = max((column[start] + 1 for start, end in edges if end == name), default=0)
    return column


def _short(name: str) -> str:
    return name if len(name) <= 40 else name[:39] + "…"


def _width(name: str) -> float:
    return max(len(_short(name)) * _CHARACTER + 24, 76)
