"""How notebooks become HTML pages that need no network: nbconvert's settings for every way of exporting."""

import sys
from pathlib import Path

import bleach
from bleach.css_sanitizer import CSSSanitizer
from jinja2 import pass_context
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from traitlets.config import Config

try:
    from latex2mathml.converter import convert as to_mathml
except ImportError:  # formulas then stay as they were typed
    to_mathml = None

# What may stay of the HTML in prose and outputs when JupyterLab asks for a page without scripts.
PROSE = "p h1 h2 h3 h4 h5 h6 hr br div span pre code del sub sup img table caption thead tbody tr th td details summary"
MATHML = (
    "math semantics annotation mrow mi mo mn mtext mspace mstyle mfrac msqrt mroot msub msup msubsup "
    "mover munder munderover mtable mtr mtd mpadded mphantom menclose mfenced"
)
TAGS = {*bleach.ALLOWED_TAGS, *PROSE.split(), *MATHML.split()}
ATTRIBUTES = {
    **bleach.ALLOWED_ATTRIBUTES,
    "*": ["class", "id", "style", "align"],
    "img": ["src", "alt", "width", "height"],
    "math": ["xmlns", "display"],
    **{tag: ["stretchy", "fence", "form", "separator", "lspace", "rspace", "accent"] for tag in ("mo", "mover", "munder")},
    **{tag: ["mathvariant", "width", "columnalign", "linethickness"] for tag in ("mi", "mspace", "mstyle", "mfrac", "mtable", "mtd")},
}

FOLDER = Path(__file__).resolve().parent


def configure(config=None):
    """Adds to a Jupyter configuration: the template "course", plotly.js for figures, MathML for formulas."""
    config = Config() if config is None else config
    exporter = config.HTMLExporter
    exporter.template_name = "course"
    exporter.extra_template_basedirs = [str(FOLDER / "nbconvert" / "templates")]
    exporter.extra_template_paths = [str(path) for path in plotly_folders() if (path / "plotly.min.js").exists()]
    exporter.filters = {"markdown2html": markdown2html, "clean_html": clean_html}
    return config


def plotly_folders():
    """Where plotly.min.js may be: in PyPI's plotly, which also draws in JupyterLab, or in npm's package."""
    yield from (Path(path) / "plotly" / "package_data" for path in sys.path if path)
    yield FOLDER.parent / "node_modules" / "plotly.js-dist-min"


class Renderer(IPythonRenderer):
    """Markdown whose formulas are MathML, which browsers draw themselves."""

    def inline_math(self, body):
        return mathml(body, "inline") or super().inline_math(body)

    def block_math(self, body):
        return mathml(body, "block") or super().block_math(body)

    def latex_environment(self, name, body):
        return mathml(f"\\begin{{{name}}}{body}\\end{{{name}}}", "block") or super().latex_environment(name, body)


def mathml(latex, display):
    """The formula as MathML, or None when it cannot be translated."""
    if to_mathml is None:
        return None
    try:
        return to_mathml(latex.strip(), display=display)
    except Exception:  # the translator has an exception for each kind of fault
        return None


@pass_context
def markdown2html(context, source):
    """nbconvert's filter of this name, with the renderer above."""
    renderer = Renderer(
        escape=False,
        attachments=context.get("cell", {}).get("attachments", {}),
        path=context.get("resources", {}).get("metadata", {}).get("path", ""),
    )
    return MarkdownWithMath(renderer=renderer).render(source)


def clean_html(html):
    """nbconvert's filter of this name; that one writes the tags of paragraphs, headings and formulas out as text."""
    return bleach.clean(str(html), tags=TAGS, attributes=ATTRIBUTES, css_sanitizer=CSSSanitizer(), protocols={"http", "https", "data"})
