"""How the course's JupyterLab saves notebooks: what git tracks stays without outputs.

A notebook below notebooks/ is written in the form in which it is committed (scripts/cleanNotebook.mjs);
its outputs go into .jupyter/outputs and come back when it is opened. So running the course changes nothing
in the clone, and nobody loses a result.
"""
import json
from pathlib import Path

from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager
from nbformat import from_dict

ROOT = Path(__file__).resolve().parent.parent
OUTPUTS = ROOT / ".jupyter" / "outputs"
METADATA = {
    "kernelspec": {"display_name": "TypeScript", "language": "typescript", "name": "typescript"},
    "language_info": {"file_extension": ".ts", "mimetype": "text/typescript", "name": "typescript"},
}


def is_tracked(path):
    """Whether an API path names a notebook of the course."""
    return path.strip("/").startswith("notebooks/") and path.endswith(".ipynb")


def state_file(path):
    return OUTPUTS / (path.strip("/") + ".json")


def clean(notebook):
    """Takes what a run leaves out of a notebook; gives it by cell."""
    results = {}
    for cell in notebook["cells"]:
        tags = cell["metadata"].get("tags")
        cell["metadata"] = {"tags": tags} if tags else {}
        if cell["cell_type"] == "code":
            if cell["outputs"] or cell["execution_count"]:
                kept = {key: cell[key] for key in ("source", "outputs", "execution_count")}
                results[cell.get("id", "")] = kept
            cell["outputs"], cell["execution_count"] = [], None
    notebook["metadata"] = json.loads(json.dumps(METADATA))
    notebook["nbformat"], notebook["nbformat_minor"] = 4, 5
    return results


def restore(notebook, results):
    """Gives cells their outputs back whose source is still the one that was run."""
    for cell in notebook["cells"]:
        kept = results.get(cell.get("id", ""))
        if kept and cell["cell_type"] == "code" and cell["source"] == kept["source"]:
            cell["outputs"], cell["execution_count"] = kept["outputs"], kept["execution_count"]


class CourseContentsManager(AsyncLargeFileManager):
    async def save(self, model, path=""):
        if is_tracked(path) and model.get("type") == "notebook" and model.get("content"):
            results = clean(model["content"])
            file = state_file(path)
            file.parent.mkdir(parents=True, exist_ok=True)
            temporary = file.with_suffix(".tmp")
            temporary.write_text(json.dumps(results), encoding="utf8")
            temporary.replace(file)
        return await super().save(model, path)

    async def get(self, path, content=True, type=None, format=None, *args, **kwargs):
        model = await super().get(path, content, type, format, *args, **kwargs)
        if content and is_tracked(path) and model["type"] == "notebook":
            try:
                results = json.loads(state_file(path).read_text(encoding="utf8"))
            except (OSError, ValueError):
                return model  # nothing was run yet
            restore(model["content"], {name: from_dict(kept) for name, kept in results.items()})
        return model

