"""Templates in which whatever is the same for everybody is rendered once for each language: texts between tags,
translations, icons, and the addresses of static files and of pages without arguments. Most of a page is that.

Tags beside each other of these kinds become one. They are rendered with nothing in the context, so what is kept cannot
tell of a request or of who asked.
"""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from django.template import Context, Node, NodeList, Template, Variable
from django.template.base import FilterExpression, TextNode
from django.template.defaulttags import IfNode, LoadNode, URLNode
from django.template.library import SimpleNode
from django.template.loaders import cached
from django.templatetags.i18n import TranslateNode
from django.templatetags.static import StaticNode
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from .templatetags.icons import icon


class Loader(cached.Loader):
    """Folds each template when it is read."""

    def get_template(self, template_name: str, skip: list[Any] | None = None) -> Template:
        known = self.cache_key(template_name, skip) in self.get_template_cache
        template = super().get_template(template_name, skip)
        if not known:
            template.nodelist = folded(template.nodelist)
        return template


class FixedNode(Node):
    """Nodes beside each other of which none reads the context."""

    child_nodelists = ()

    def __init__(self, nodes: Sequence[Node]) -> None:
        self.nodes = nodes
        self.token, self.origin = nodes[0].token, nodes[0].origin
        self.kept: dict[tuple[str | None, bool], SafeString] = {}

    def render(self, context: Context) -> SafeString:
        written = get_language(), context.autoescape
        if written not in self.kept:
            nothing = Context(autoescape=context.autoescape)
            self.kept[written] = SafeString("".join(node.render(nothing) for node in self.nodes))
        return self.kept[written]


def folded(nodes: NodeList) -> NodeList:
    """A new list: somebody may be rendering the old one."""
    found = NodeList()
    for fixed, some in groupby(nodes, is_fixed):
        run = list(some)
        if not fixed:
            found.extend(map(_within, run))
        elif all(isinstance(node, TextNode) for node in run):
            found.extend(run)
        else:
            found.append(FixedNode(run))
    return found


def is_fixed(node: Node) -> bool:
    """Whether it is the same wherever it is rendered in a language."""
    match node:
        case TextNode() | LoadNode() | FixedNode():
            return True
        case TranslateNode(asvar=None, message_context=None):
            return _is_literal(node.filter_expression)
        case StaticNode(varname=None):
            return _is_literal(node.path)
        case URLNode(asvar=None):
            # The address of a name with a namespace depends on where the reader is.
            named = _is_literal(node.view_name) and ":" not in str(node.view_name.var)
            return named and not (node.args or node.kwargs)
        case SimpleNode(target_var=None):
            return node.func is icon and not node.kwargs and all(map(_is_literal, node.args))
    return False


def _is_literal(expression: FilterExpression) -> bool:
    is_name = isinstance(expression.var, Variable) and expression.var.lookups is not None
    return not is_name and not expression.filters


def _within(node: Node) -> Node:
    """The node with what it holds folded."""
    if isinstance(node, IfNode):
        node.conditions_nodelists = [(condition, folded(nodes)) for condition, nodes in node.conditions_nodelists]
    else:
        for name in node.child_nodelists:
            if isinstance(nodes := getattr(node, name, None), NodeList):
                setattr(node, name, folded(nodes))
    return node
