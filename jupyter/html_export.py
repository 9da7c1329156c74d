"""How notebooks become HTML pages that need no network: nbconvert's settings for every way of exporting."""

import sys
from pathlib import Path

from jinja2 import pass_context
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from traitlets.config import Config

try:
    from latex2mathml.converter import convert as to_mathml
except ImportError:  # formulas then stay as they were typed
    to_mathml = None

FOLDER = Path(__file__).resolve().parent


def configure(config=None):
    """Adds to a Jupyter configuration: the template "course", plotly.js for figures, MathML for formulas."""
    config = Config() if config is None else config
    exporter = config.HTMLExporter
    exporter.template_name = "course"
    exporter.extra_template_basedirs = [str(FOLDER / "nbconvert" / "templates")]
    exporter.extra_template_paths = [str(path) for path in plotly_folders() if (path / "plotly.min.js").exists()]
    exporter.filters = {"markdown2html": markdown2html}
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
