"""Runs the programs in turn, round after round, and keeps what they print."""
import json
import pathlib
import subprocess
import sys
import time
from collections import defaultdict
from dataclasses import dataclass
from typing import Callable

from . import programs
from .onnx_file import without_preparation
from .programs import ONE, SCRAWL, Program, Setting
from .work import Kernel, Model, Recipe

SLOW_SECONDS = 5.0  # a program that takes longer runs in the first round only, unless all rounds are asked for
AS_FAST = 0.97  # another build may take this share of the time, which the machine's noise explains
CLOSE = 1.25  # settings that take this many times as long as the program's best are tried in the first round only


class Failure(Exception):
    """A message for the user."""


def say(text):
    print(f"compare: {text}", file=sys.stderr, flush=True)


def run(command, setting=ONE):
    """Runs a command and returns the last JSON object that it printed on a line, or all that it printed as one."""
    environment = programs.base_environment() | setting.environment()
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=programs.ROOT)
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode != 0 or not lines:
        last = (done.stderr or done.stdout).strip().splitlines()[-5:]
        raise Failure(f"failed with status {done.returncode}: {' '.join(map(str, command))}\n" + "\n".join(last))
    return json.loads(done.stdout if lines[-1] == "{" else lines[-1])


@dataclass(frozen=True)
class Candidate:
    """A program in one setting, with the command for a seed."""
    name: str
    title: str
    setting: Setting
    command: Callable
    peer: Program = None  # None: scrawl itself
    reading: Callable = None  # of what the command prints, where that is not yet a sample


@dataclass(frozen=True)
class Files:
    """A model as the programs read it."""
    safetensors: pathlib.Path
    onnx: pathlib.Path
    test_accuracy: float


class Comparison:
    """The samples of a whole comparison: JSON objects by piece of work, program and setting."""

    def __init__(self, scratch, peers, rounds, first_seed, all_rounds=False, quick=False, builds=(programs.MEASURED,)):
        self.builds = builds
        self.scratch, self.peers, self.rounds, self.first_seed = pathlib.Path(scratch), peers, rounds, first_seed
        self.all_rounds, self.quick = all_rounds, quick
        self.samples = defaultdict(list)  # (work, program's name, setting's name): objects
        self.titles = {}
        self.failures = []
        self.files = {}

    def train(self, recipe: Recipe):
        candidates = []
        if not recipe.path.exists():
            say(f"without scrawl's own training: {recipe.path} is missing")
        for build in self.builds if recipe.path.exists() else ():
            folder = self.scratch / build.name / recipe.name
            candidates.append(Candidate(build.name, build.title, Setting("its own choice"),
                                        lambda seed, build=build, folder=folder: build.train_command(
                                            recipe.path, recipe.changes, folder, seed),
                                        build.peer))
        for peer in self.peers:
            if self.quick and (recipe.online or recipe.seeds) and not peer.quick:
                continue
            for setting in peer.settings_for_recipe(recipe):
                candidates.append(Candidate(peer.name, peer.title, setting,
                                            lambda seed, peer=peer, setting=setting: peer.train_command(recipe, setting, seed),
                                            peer))
        self._take_turns(recipe, candidates)

    def recognize(self, model: Model):
        files = self.files[model.name] = self._make_files(model)
        candidates = []
        for build in self.builds:
            if (build.folder / programs.RECOGNIZE).exists():
                for setting in programs.affordable((ONE, programs.TWO)):
                    command = build.recognize_command(files, setting)
                    candidates.append(Candidate(build.name, build.title, setting, lambda seed, command=command: command,
                                                build.peer))
        for peer in self.peers:
            for setting in peer.settings_for_recognition(model):
                command = peer.recognize_command(model, files, setting)
                candidates.append(Candidate(peer.name, peer.title, setting, lambda seed, command=command: command, peer))
        self._take_turns(model, candidates)

    def measure_kernels(self, kernel: Kernel):
        candidates = []
        for build in self.builds:
            if (build.folder / programs.KERNELS).exists():
                for setting in programs.affordable((ONE, programs.TWO)):
                    command = build.kernel_command(kernel, setting)
                    candidates.append(Candidate(build.name, build.title, setting, lambda seed, command=command: command,
                                                build.peer, programs.own_kernels_figures))
        for peer in self.peers:
            for setting in peer.settings_for_kernels():
                command = peer.kernel_command(kernel, setting)
                candidates.append(Candidate(peer.name, peer.title, setting, lambda seed, command=command: command, peer))
        self._take_turns(kernel, candidates)

    def _make_files(self, model):
        folder = self.scratch / f"model-{model.name}"
        trained = run(programs.MEASURED.train_command(f"recipes/{model.recipe}.toml", model.changes, folder, self.first_seed))
        files = Files(folder / "model.safetensors", folder / "model.onnx", trained["test_accuracy"])
        run([str(SCRAWL), "export", str(files.safetensors), "--to", "onnx", "--json"])
        files.onnx.write_bytes(without_preparation(files.onnx.read_bytes()))
        return files

    def must(self, measure):
        """How many times longer than scrawl the best peer must take."""
        return AS_FAST if len(self.builds) > 1 else measure.must

    def rounds_of(self, work):
        """As many as were asked for; where the seeds' mean accuracy is the goal, no fewer than that needs."""
        return max(self.rounds, getattr(work, "seeds", 0))

    def _take_turns(self, work, candidates):
        spent = {}
        rounds = self.rounds_of(work)
        for number in range(rounds):
            if number == 1:
                candidates = self._worth_repeating(work, candidates, spent)
            say(f"{work.name}, round {number + 1} of {rounds}: " +
                ", ".join(dict.fromkeys(candidate.title for candidate in candidates)))
            for candidate in candidates:
                start = time.monotonic()
                try:
                    sample = run(candidate.command(self.first_seed + number), candidate.setting)
                except Failure as failure:
                    if not candidate.peer:
                        raise
                    self.failures.append(str(failure))
                    say(failure)
                    continue
                if candidate.reading:
                    sample = candidate.reading(sample)
                spent[candidate] = time.monotonic() - start
                self.samples[work.name, candidate.name, candidate.setting].append(sample)
                self.titles[candidate.name] = candidate.title

    def _worth_repeating(self, work, candidates, spent):
        least = {name: min(seconds for other, seconds in spent.items() if other.name == name)
                 for name in {candidate.name for candidate in spent}}

        def close(candidate):
            """Near the best setting of its program in one of the measures."""
            for measure in work.measures:
                seconds = {other.setting: measure.seconds(self.samples[work.name, other.name, other.setting][0][measure.key])
                           for other in spent if other.name == candidate.name
                           and (not measure.one_thread or other.setting.threads == other.setting.blas_threads == 1)}
                if candidate.setting in seconds and seconds[candidate.setting] <= CLOSE * min(seconds.values()):
                    return True
            return False

        def worth(candidate):
            if not candidate.peer or candidate not in spent:
                return candidate in spent
            if not close(candidate) or self.quick and not candidate.peer.quick:
                return False
            return self.all_rounds or getattr(work, "seeds", 0) > 0 or least[candidate.name] <= SLOW_SECONDS

        return [candidate for candidate in candidates if worth(candidate)]


def build():
    say("building")
    for command in (["cmake", "--preset", "bench"], ["cmake", "--build", "--preset", "bench", "--target", "compared_programs"]):
        try:
            done = subprocess.run(command, cwd=programs.ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        except FileNotFoundError:
            raise Failure("cmake is not installed; scripts/setup installs what is missing") from None
        if done.returncode != 0:
            raise Failure(f"failed: {' '.join(command)}\n{done.stdout}")


def hardware():
    """What the machine can do, if the program that measures it is there."""
    return run([str(programs.HARDWARE), "--json"]) if programs.HARDWARE.exists() else {}
