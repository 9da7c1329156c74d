# JupyterLab as the course starts it (scripts/start.mjs names this file with --config).
import sys
from pathlib import Path

root = Path(__file__).resolve().parent.parent
c = get_config()  # noqa: F821 - given by Jupyter

# "Save and Export Notebook As HTML" gives the same page as npm run notebooks.
sys.dont_write_bytecode = True
sys.path.append(str(root / "jupyter"))
from html_export import configure  # noqa: E402

configure(c)

# The whole checkout is visible, so that lib and data can be opened beside a notebook.
c.ServerApp.root_dir = str(root)
c.LabApp.default_url = "/lab/tree/notebooks"
from course_contents import CourseContentsManager  # noqa: E402

c.ServerApp.contents_manager_class = CourseContentsManager
c.ContentsManager.hide_globs = ["__pycache__", "*.pyc", "node_modules", ".*"]

# One kernel; ipykernel comes with JupyterLab but has no part in the course.
c.KernelSpecManager.ensure_native_kernel = False
c.KernelSpecManager.allowed_kernelspecs = {"typescript"}
c.MultiKernelManager.default_kernel_name = "typescript"

# No questions, no news, nothing sent anywhere.
c.LabApp.app_settings_dir = str(root / "jupyter" / "lab-settings")
c.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
c.LabApp.news_url = None
c.LabApp.extension_manager = "readonly"

# In a container the user is often root.
c.ServerApp.allow_root = True

# One Ctrl-C ends it. In the terminal only what matters: the address, warnings and errors.
c.ServerApp.answer_yes = True
c.Application.log_level = "WARN"
