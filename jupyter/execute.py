"""Executes notebooks in the course's kernel and reports every cell that did not do what it should.

Called by scripts/notebooks.mjs, in the environment of scripts/project.mjs:
execute.py --timeout SECONDS --out DIR -- PATH...

A cell does what it should when it ends without a failure in time; a cell tagged "raises-exception"
when it fails. A failure that comes after its cell has ended, from a promise nobody awaited or from a
timer, counts against its cell. Each notebook's executed copy and HTML, and junit.xml, go to DIR.
"""

import argparse
import asyncio
import copy
import os
import re
import signal
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty
from xml.etree import ElementTree

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionComplete
from nbconvert import HTMLExporter

sys.dont_write_bytecode = True  # no __pycache__ among the sources
from html_export import configure  # noqa: E402

ANSI = re.compile(r"\x1b\[[0-9;]*m")
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
KERNEL = {"display_name": "TypeScript", "language": "typescript", "name": "typescript"}
STARTS = 3  # a port may be taken between being chosen and being used
AFTER_INTERRUPT = 10  # seconds a cell has to end once it is told to
SETTLE = 30  # seconds the kernel has to report failures that came late; it waits at most 10 itself


@dataclass
class CellRun:
    """What became of one code cell."""

    number: int  # position in the notebook, from 1
    cell: nbformat.NotebookNode
    seconds: float = 0.0
    count: int | None = None  # execution count
    failures: list[tuple[str, str]] = field(default_factory=list)  # one line, details
    ran: bool = False

    @property
    def first_line(self):
        return next((line.strip() for line in self.cell.source.splitlines() if line.strip()), "")

    @property
    def label(self):
        count = "" if self.count is None else f" [{self.count}]"
        return f"cell {self.number}{count}: {self.first_line[:70]}"

    @property
    def should_raise(self):
        return "raises-exception" in self.cell.metadata.get("tags", [])


@dataclass
class NotebookRun:
    """What became of one notebook."""

    path: Path
    name: str  # of its files in the output folder
    cells: list[CellRun] = field(default_factory=list)
    failures: list[tuple[str, str]] = field(default_factory=list)  # of the notebook as a whole
    seconds: float = 0.0
    notebook: nbformat.NotebookNode | None = None

    @property
    def passed(self):
        return not self.failures and not any(cell.failures for cell in self.cells)


def shown(path):
    """A path as the user would type it."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def find_notebooks(paths):
    """The notebooks that the paths name, and what is wrong with the paths."""
    found, problems = [], []
    for path in map(Path, paths):
        if path.is_dir():
            inside = sorted(
                p.resolve()
                for p in path.rglob("*.ipynb")
                if not any(part.startswith(".") or part == "node_modules" for part in p.relative_to(path).parts)
            )
            if not inside:
                problems.append((path, "Expected a folder with notebooks but found none in it"))
            found += inside
        elif not path.exists():
            problems.append((path, "Expected a notebook or a folder but found no such file"))
        elif path.suffix != ".ipynb":
            problems.append((path, "Expected a notebook (.ipynb) but found another kind of file"))
        else:
            found.append(path.resolve())
    return list(dict.fromkeys(found)), problems


def name_outputs(paths):
    """A name for each notebook's output files: its own, with its folder where two have the same."""
    taken = Counter(path.stem for path in paths)
    names = {}
    for path in paths:
        parts = [path.stem]
        if taken[path.stem] > 1:
            twins = [p for p in paths if p.stem == path.stem]
            shared = len(Path(os.path.commonpath([p.parent for p in twins])).parts)
            parts = [*path.parent.parts[shared:], path.stem]
        name = "-".join(parts)
        while name in names.values():
            name += "-2"
        names[path] = name
    return names


class Executor(NotebookClient):
    """Runs a notebook's cells one after the other; every message goes to the cell it answers."""

    def __init__(self, run, limit):
        super().__init__(
            run.notebook,
            kernel_name=KERNEL["name"],
            resources={"metadata": {"path": str(run.path.parent)}},
            startup_timeout=120,
            record_timing=False,
        )
        self.run = run
        self.limit = limit
        self.sent = {}  # message id -> CellRun
        self.clear_before_next_output = False

    async def start(self):
        env = {**os.environ, "JPY_SESSION_NAME": str(self.run.path)}
        for attempt in range(STARTS):
            try:
                self.km = self.create_kernel_manager()
                await self.async_start_new_kernel(env=env)
                await self.async_start_new_kernel_client()
                await self.ask("", self.startup_timeout, silent=True)  # the compiler is loaded: no cell's time
                return
            except RuntimeError:
                await self.stop()
                if attempt == STARTS - 1:
                    raise

    async def stop(self):
        if self.km is not None:
            await self._async_cleanup_kernel()

    def take(self, message):
        """Puts an output where it belongs; returns the id of the request that is now done, if one is."""
        request = message["parent_header"].get("msg_id")
        cell = self.sent.get(request)
        try:
            if cell is not None:
                self.process_message(message, cell.cell, cell.number - 1)
            elif message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
                return request
        except CellExecutionComplete:
            return request
        return None

    async def ask(self, code, seconds, cell=None, **options):
        """Sends code; returns the reply's content, or None when it took longer than `seconds`."""
        request = self.kc.execute(code, stop_on_error=False, **options)
        if cell is not None:
            self.sent[request] = cell
        deadline = time.monotonic() + seconds
        reply, idle = None, False
        while reply is None or not idle:
            if time.monotonic() > deadline:
                return None
            try:
                message = await self.kc.iopub_channel.get_msg(timeout=0.5 if reply is None else 0.05)
                idle = self.take(message) == request or idle
            except Empty:
                if not await self.km.is_alive():
                    raise RuntimeError("The kernel ended while the cell was running") from None
            while reply is None and await self.kc.shell_channel.msg_ready():
                message = await self.kc.shell_channel.get_msg(timeout=1)
                if message["parent_header"].get("msg_id") == request:
                    reply = message["content"]
        return reply

    async def execute_cell_run(self, cell):
        """Runs one cell; returns whether the kernel can go on."""
        started = time.monotonic()
        cell.ran = True
        try:
            reply = await self.ask(cell.cell.source, self.limit, cell)
            if reply is None:
                cell.failures.append((f"Expected the cell to end within {self.limit:g} s but it did not", ""))
                await self.km.interrupt_kernel()
                await self.drain(AFTER_INTERRUPT)
                return False
        except RuntimeError as error:
            cell.failures.append((str(error), ""))
            return False
        finally:
            cell.seconds = time.monotonic() - started
            cell.count = cell.cell.execution_count
            cell.cell.outputs = merge_streams(cell.cell.outputs)
        if reply["status"] == "ok":
            if cell.should_raise:
                cell.failures.append(("Expected the cell to fail (it is tagged raises-exception) but it did not", ""))
        elif not cell.should_raise:
            details = "\n".join(ANSI.sub("", line) for line in reply.get("traceback", []))
            cell.failures.append((f"{reply.get('ename')}: {reply.get('evalue')}", details))
        return not cell.failures

    async def drain(self, seconds):
        """Takes the outputs of a cell that was told to end."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                if self.take(await self.kc.iopub_channel.get_msg(timeout=0.5)) is not None:
                    return
            except Empty:
                pass

    async def collect_late_failures(self):
        """Waits for what the cells left running, and gives its failures to their cells."""
        reply = await self.ask("", SETTLE, silent=True)
        by_count = {cell.count: cell for cell in self.run.cells if cell.ran}
        if reply is None:
            # A callback that a cell left behind, such as a timer's, runs and does not end.
            last = next((cell for cell in reversed(self.run.cells) if cell.ran), None)
            line = f"after the cell had ended: the kernel did not answer within {SETTLE} s"
            (last or self.run).failures.append((line, "something that a cell started does not end"))
        for failure in (reply or {}).get("failures", []):
            line = f"after the cell had ended: {failure['ename']}: {failure['evalue']}"
            details = "\n".join(ANSI.sub("", text) for text in failure["traceback"])
            cell = by_count.get(failure["execution_count"])
            (cell or self.run).failures.append((line, details))
        for cell in self.run.cells:
            cell.cell.outputs = merge_streams(cell.cell.outputs)


def merge_streams(outputs):
    """Joins text that follows on text, and lets a carriage return overwrite the line as a screen does."""
    merged = []
    for output in outputs:
        last = merged[-1] if merged else None
        if last and output.output_type == last.output_type == "stream" and output.name == last.name:
            last.text += output.text
        else:
            merged.append(output)
    for output in merged:
        if output.output_type == "stream" and "\r" in output.text:
            output.text = re.sub(r"[^\n]*\r(?!\n|$)", "", output.text.replace("\r\n", "\n"))
    return merged


def read_notebook(path):
    """The notebook without outputs, set to the course's kernel."""
    try:
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
    except Exception as error:  # JSON, encoding, version and schema each have their own
        raise ValueError(f"Expected a notebook but found a file that is not one: {first_line(error)}") from error
    notebook.metadata.kernelspec = dict(KERNEL)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return notebook


def first_line(error):
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


async def run_notebook(run, limit):
    """Executes one notebook; what fails is in `run` afterwards."""
    try:
        run.notebook = read_notebook(run.path)
    except ValueError as error:
        run.failures.append((str(error), ""))
        return
    run.cells = [
        CellRun(number, cell)
        for number, cell in enumerate(run.notebook.cells, 1)
        if cell.cell_type == "code" and cell.source.strip()
    ]
    if not run.cells:
        run.failures.append(("Expected code cells but found none", ""))
        return
    executor = Executor(run, limit)
    try:
        await executor.start()
        message = await executor.async_wait_for_reply(executor.kc.kernel_info())
        if message:
            run.notebook.metadata.language_info = message["content"]["language_info"]
        alive = True
        for cell in run.cells:
            goes_on = await executor.execute_cell_run(cell)
            mark = "FAILED" if cell.failures else "ok"
            print(f"  {mark:6} {cell.seconds:7.2f} s  {cell.label}", flush=True)
            if not goes_on:
                alive = await executor.km.is_alive() and not cell.failures[0][0].startswith("Expected the cell to end")
                break
        if alive:
            await executor.collect_late_failures()
    except (RuntimeError, OSError) as error:
        run.failures.append((f"The kernel failed: {first_line(error)}", str(error)))
    finally:
        await executor.stop()


def write_outputs(run, out):
    """Writes the executed notebook and its HTML."""
    if run.notebook is None:
        return
    write(out / f"{run.name}.ipynb", nbformat.writes(run.notebook))
    resources = {"metadata": {"name": run.path.stem, "path": str(run.path.parent)}}
    html, _ = HTMLExporter(config=configure()).from_notebook_node(copy.deepcopy(run.notebook), resources)
    write(out / f"{run.name}.html", html)


def write(path, text):
    """Replaces a file at once: another run may be writing it too."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    temporary.write_text(text, encoding="utf-8")
    os.replace(temporary, path)


def junit(runs, problems):
    """The runs as a JUnit XML tree: one suite a notebook, one case a cell."""
    suites = ElementTree.Element("testsuites")
    for run in runs:
        cases = []
        for cell in run.cells:
            case = ElementTree.Element(
                "testcase", name=clean(cell.label), classname=clean(shown(run.path)), time=f"{cell.seconds:.3f}"
            )
            for message, details in cell.failures:
                add_failure(case, message, details)
            if not cell.ran:
                ElementTree.SubElement(case, "skipped", message="a cell before it failed")
            cases.append(case)
        for message, details in run.failures:
            case = ElementTree.Element("testcase", name="notebook", classname=clean(shown(run.path)), time="0")
            add_failure(case, message, details)
            cases.append(case)
        add_suite(suites, shown(run.path), cases, run.seconds)
    for path, problem in problems:
        case = ElementTree.Element("testcase", name="path", classname=clean(shown(path)), time="0")
        add_failure(case, problem, "")
        add_suite(suites, shown(path), [case], 0)
    return ElementTree.tostring(suites, encoding="unicode", xml_declaration=True)


def add_suite(suites, name, cases, seconds):
    failed = sum(case.find("failure") is not None for case in cases)
    skipped = sum(case.find("skipped") is not None for case in cases)
    suite = ElementTree.SubElement(
        suites, "testsuite", name=clean(name), tests=str(len(cases)), failures=str(failed), errors="0",
        skipped=str(skipped), time=f"{seconds:.3f}",
    )  # fmt: skip
    suite.extend(cases)


def add_failure(case, message, details):
    ElementTree.SubElement(case, "failure", message=clean(message)).text = clean(details or message)


def clean(text):
    """Text without the characters that XML cannot hold."""
    return NOT_XML.sub("?", ANSI.sub("", text))


def report(run):
    """Names on stderr what failed in a notebook."""
    for message, details in run.failures:
        complain(f"FAILED {shown(run.path)}: {message}", details)
    for cell in run.cells:
        for message, details in cell.failures:
            complain(f"FAILED {shown(run.path)}, {cell.label}\n  {message}", details)


def complain(headline, details):
    print(ANSI.sub("", headline), file=sys.stderr)
    lines = details.splitlines()
    if lines and headline.endswith(lines[0]):
        lines = lines[1:]
    for line in lines:
        print(f"    {line}", file=sys.stderr)
    sys.stderr.flush()


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--timeout", type=float, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("paths", nargs="+")
    arguments = parser.parse_args()
    out = arguments.out.resolve()

    if os.name == "posix":
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, asyncio.current_task().cancel)
        loop.add_signal_handler(signal.SIGINT, asyncio.current_task().cancel)
    paths, problems = find_notebooks(arguments.paths)
    names = name_outputs(paths)
    for path in [path for path in paths if path.parent == out]:
        problems.append((path, "Expected --out to be another folder than the notebook's, which would be overwritten"))
        paths.remove(path)
    for path, problem in problems:
        complain(f"FAILED {shown(path)}: {problem}", "")

    out.mkdir(parents=True, exist_ok=True)
    runs = []
    try:
        for path in paths:
            run = NotebookRun(path, names[path])
            print(shown(path), flush=True)
            runs.append(run)
            started = time.monotonic()
            try:
                await run_notebook(run, arguments.timeout)
            finally:
                run.seconds = time.monotonic() - started
            try:
                write_outputs(run, out)
            except Exception as error:  # nbconvert runs code of many packages
                run.failures.append((f"The output could not be written: {first_line(error)}", str(error)))
            print(f"{'passed' if run.passed else 'FAILED'} {shown(path)} in {run.seconds:.1f} s", flush=True)
            report(run)
    finally:
        write(out / "junit.xml", junit(runs, problems))

    passed = sum(run.passed for run in runs)
    failed = len(runs) - passed + len(problems)
    print(f"{passed} passed, {failed} failed", flush=True)
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    try:
        sys.exit(asyncio.run(main()))
    except (KeyboardInterrupt, asyncio.CancelledError):
        print("Stopped.", file=sys.stderr)
        sys.exit(130)
