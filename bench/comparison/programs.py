"""The programs that are measured, the settings in which each is tried, and what to do where one is missing."""
import functools
import glob
import os
import pathlib
import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "bench"
COMMAND = pathlib.Path("tools") / "scrawl" / "scrawl"
SCRAWL = BUILD / COMMAND
RECOGNIZE = pathlib.Path("bench") / "bench-recognize"  # in a build's folder, as the next
KERNELS = pathlib.Path("bench") / "kernels" / "bench-kernels"
HARDWARE = BUILD / "bench" / "hardware"
RIVALS = ROOT / "bench" / "rivals"
NODE_TOOLS = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "scrawl" / "node-tools"


@dataclass(frozen=True)
class Setting:
    """How many threads OpenMP (or the program itself) and OpenBLAS get, and further arguments."""
    name: str
    threads: int = 1
    blas_threads: int = 1
    arguments: tuple = ()

    def environment(self):
        return {"OMP_NUM_THREADS": str(self.threads), "OPENBLAS_NUM_THREADS": str(self.blas_threads)}


ONE = Setting("1 thread")
TWO = Setting("2 threads", 2, 2)
# Two threads of OpenMP and two of OpenBLAS would get into each other's way.
TORCH = (ONE, Setting("2 of BLAS", 1, 2), Setting("2 of OpenMP", 2, 1))
# For convolutions PyTorch's threads are those of OpenMP; which layout of the planes is quicker depends on the network.
TORCH_PLANES = (ONE, Setting("2 of OpenMP", 2), Setting("2, channels last", 2, arguments=("--channels-last",)))
# Two callers, each with a session of its own, are often faster than one session with two threads.
ONNX = (ONE, Setting("2 threads", 2), Setting("2 sessions", 2, arguments=("--callers", "2", "--chunk", "250")))
# What lies between convolutions is large: few images keep it in the cache.
ONNX_PLANES = (Setting("1 thread", arguments=("--chunk", "25")),
               Setting("2 sessions", 2, arguments=("--callers", "2", "--chunk", "25")))


@dataclass(frozen=True)
class Program:
    """A program that trains, or recognises, or both. Settings that cannot help are left out: with two threads NumPy and
    PyTorch took 1.3 to 4 times as long for steps on one image, and scikit-learn 1.2 times as long for those on batches."""
    name: str
    title: str
    remedy: str = ""
    trainer: str = ""  # in rivals/ or the build's folder
    recognizer: str = ""
    module: str = ""  # what Python must be able to import
    settings: tuple = (ONE, TWO)
    convolution_settings: tuple = ()  # empty: has no convolutions, or does not train
    online_settings: tuple = (ONE,)
    bulk_settings: tuple = (ONE, TWO)
    convolution_bulk_settings: tuple = ()
    kernels: str = ""  # measures convolutions by themselves
    quick: bool = False  # may be the best peer, so that quick comparisons need it in every round
    recipes: tuple = ()  # empty: all

    def missing(self):
        """What to do about it, where the program cannot run; otherwise nothing."""
        if self.module:
            return "" if python_with(self.module) else self.remedy
        if self.name == "onnxruntime" and not onnx_runtime_library():
            return self.remedy
        return "" if self._path(self.trainer or self.recognizer or self.kernels).exists() else self.remedy

    def settings_for_recipe(self, recipe):
        if self.recipes and recipe.name not in self.recipes or not self.trainer:
            return ()
        if recipe.convolutional:
            return affordable(self.convolution_settings)
        return affordable(self.online_settings if recipe.online else self.settings)

    def settings_for_recognition(self, model):
        if not self.recognizer:
            return ()
        return affordable(self.convolution_bulk_settings if model.convolutional else self.bulk_settings)

    def settings_for_kernels(self):
        return affordable(self.convolution_settings) if self.kernels else ()

    def train_command(self, recipe, setting, seed):
        return [*self._start(self.trainer), recipe.name, "--seed", str(seed), "--threads", str(setting.threads),
                *setting.arguments]

    def recognize_command(self, model, files, setting):
        start = [*self._start(self.recognizer), "--threads", str(setting.threads), *setting.arguments]
        if self.name == "onnxruntime":
            return [*start, "--library", onnx_runtime_library(), "--model", str(files.onnx), "--divisor", str(model.divisor),
                    "--shape", model.shape]
        return [*start, str(files.safetensors)]

    def kernel_command(self, kernel, setting):
        sizes = (kernel.channels, kernel.outputs, kernel.window, kernel.size, kernel.padding, kernel.batch)
        return [*self._start(self.kernels), *map(str, sizes), "--threads", str(setting.threads)]

    def _path(self, name):
        return RIVALS / name if name.endswith(".py") else BUILD / "bench" / name

    def _start(self, name):
        path = str(self._path(name))
        return [python_with(self.module), path] if self.module else [path]


PEERS = [
    Program("eigen", "Eigen", "install libeigen3-dev", "rival-eigen", online_settings=(ONE, TWO), quick=True),
    Program("openblas", "OpenBLAS", "install libopenblas-dev", "rival-openblas", online_settings=(ONE, TWO), quick=True),
    Program("numpy", "NumPy", "install python3-numpy and libopenblas-dev", "train_numpy.py", "recognize_numpy.py", "numpy"),
    Program("torch", "PyTorch", "install python3-torch and libopenblas-dev", "train_torch.py", "recognize_torch.py", "torch",
            settings=TORCH, convolution_settings=TORCH_PLANES, bulk_settings=TORCH,
            convolution_bulk_settings=(ONE, Setting("2 of OpenMP", 2))),
    Program("libtorch", "LibTorch", "install libtorch-dev and libopenblas-dev", "rival-libtorch", settings=TORCH),
    Program("sklearn", "scikit-learn", "install python3-sklearn and libopenblas-dev", "train_sklearn.py", "", "sklearn",
            settings=(ONE,), recipes=("two-layer", "three-layer")),
    Program("onnxruntime", "ONNX Runtime", f"npm install --prefix {NODE_TOOLS} --ignore-scripts onnxruntime-node@1.30.0",
            recognizer="rival-onnxruntime", bulk_settings=ONNX, convolution_bulk_settings=ONNX_PLANES, quick=True),
    Program("onednn", "oneDNN", "install libdnnl-dev", kernels="rival-onednn", quick=True,
            convolution_settings=(ONE, Setting("2 threads", 2))),
]


@dataclass(frozen=True)
class Build:
    """A build of scrawl: the one that is measured, or another, which takes the peers' place."""
    name: str
    title: str
    folder: pathlib.Path
    peer: Program = None  # None: the one that is measured

    def train_command(self, recipe, changes, folder, seed):
        sets = [part for change in changes for part in ("--set", change)]
        return [str(self.folder / COMMAND), "train", str(recipe), *sets, "--seed", str(seed), "--out", str(folder),
                "--overwrite", "--no-pictures", "--json", "--quiet"]

    def recognize_command(self, files, setting):
        return [str(self.folder / RECOGNIZE), str(files.safetensors), "--threads", str(setting.threads), "--json"]

    def kernel_command(self, kernel, setting):
        """The kernels of one layer, on every instruction set."""
        threads = f"{setting.threads}_thread{'s' * (setting.threads > 1)}"
        return [str(self.folder / KERNELS), f"--benchmark_filter=^convolution/.*/{kernel.name}/{threads}/",
                "--benchmark_format=json"]


MEASURED = Build("scrawl", "scrawl", BUILD)


def other_build(folder):
    title = f"scrawl in {folder}"
    return Build("other", title, folder.resolve(), Program("other", title, quick=True))


def own_kernels_figures(printed):
    """GFLOP/s by the kind of kernel, on the best instruction set, from what Google Benchmark prints."""
    best = {}
    for row in printed["benchmarks"]:
        _, kind, _, threads, _ = row["name"].split("/")[:5]
        best[kind] = max(best.get(kind, 0), row["GFLOP/s"])
        best["threads"] = int(threads.partition("_")[0])
    return best


def affordable(settings):
    """Without those that need more threads than there are cores."""
    cores = os.cpu_count() or 1
    return tuple(setting for setting in settings if max(setting.threads, setting.blas_threads) <= cores)


@functools.cache
def python_with(module):
    """The first Python that has the module; a distribution's packages belong to its own."""
    for python in dict.fromkeys([sys.executable, shutil.which("python3"), "/usr/bin/python3"]):
        if python and os.access(python, os.X_OK):
            test = f"import importlib.util, sys; sys.exit(importlib.util.find_spec({module!r}) is None)"
            if subprocess.run([python, "-c", test], capture_output=True).returncode == 0:
                return python
    return None


@functools.cache
def onnx_runtime_library():
    """The library within npm's onnxruntime-node, or what SCRAWL_ONNX_RUNTIME names."""
    if named := os.environ.get("SCRAWL_ONNX_RUNTIME"):
        return named
    machine = {"x86_64": "x64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    for folder in filter(None, [os.environ.get("SCRAWL_NODE_MODULES"), NODE_TOOLS / "node_modules"]):
        pattern = f"{glob.escape(str(folder))}/onnxruntime-node/bin/napi-v*/linux/{machine}/libonnxruntime.so*"
        if found := sorted(glob.glob(pattern)):
            return found[-1]
    return None


@functools.cache
def base_environment():
    """The peers run in their best setting, whatever the user's environment asks for."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("OPENBLAS_", "OMP_"))}
    environment |= {"LC_ALL": "C", "PYTHONDONTWRITEBYTECODE": "1"}
    # OpenBLAS 0.3.21 does not know the newer AMD cores and would leave their AVX-512 unused.
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        if " avx512bw" in file.read():
            environment["OPENBLAS_CORETYPE"] = "SKYLAKEX"
    return environment
