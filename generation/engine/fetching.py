"""Downloads a model's weights from the hub, or from the mirror that HF_ENDPOINT names."""

import os
import shutil
from fnmatch import fnmatch
from pathlib import Path

import httpx2
from huggingface_hub import HfApi
from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError

from generation.catalogue import Model
from generation.engine.api import EngineError
from generation.engine.formats import networks, read_index
from generation.engine.installing import add, inspect
from generation.engine.weights import Weights

_SMALL = ("*.json", "*.jinja", "*.model", "*.txt")
# Repositories offer the same weights again in other precisions, as `….fp16.safetensors`.
_VARIANTS = ("*.bf16*.safetensors", "*.fp16*.safetensors", "*.fp32*.safetensors", "*.non_ema*.safetensors")
_DOWNLOADS = ".downloads"


def fetch(model: Model, models_dir: Path) -> Weights:
    """Download what the model's catalogue entry names, and install it. Raises EngineError.

    Only .safetensors and small text files are taken. An interrupted download goes on where it was when asked again.
    """
    scratch = models_dir / _DOWNLOADS / model.id
    weights, config, origin = _download(model, Hub(scratch))
    installed = add(model, weights, models_dir, config, origin=origin)
    shutil.rmtree(scratch)
    return installed


def _download(model: Model, hub: "Hub") -> tuple[Path, Path | None, str]:
    """The weights, the config folder if they need one, and where both came from."""
    source = model.source
    try:
        if not source.file:
            folder, origin = hub.pipeline(source.repo)
            return folder, None, origin
        weights, origin = hub.files(source.repo, source.file)
        config, config_origin = hub.pipeline(source.config_repo, without=inspect(model, weights))
        return weights, config, f"{origin}, {config_origin}"
    except GatedRepoError as error:
        raise EngineError(
            f"{source.repo} asks you to accept its licence: do so on the hub, then set HF_TOKEN and fetch again."
        ) from error
    except RepositoryNotFoundError as error:
        raise EngineError(f"{hub.endpoint} has no such repository, or it is private: {source.repo}.") from error
    except (httpx2.HTTPError, OSError) as error:
        raise EngineError(f"The download from {hub.endpoint} failed: {error}") from error


class Hub:
    """Repositories of the hub, downloaded into one folder each."""

    def __init__(self, scratch: Path) -> None:
        self._api = HfApi(endpoint=os.environ.get("HF_ENDPOINT") or None)
        self._scratch = scratch
        self.endpoint: str = self._api.endpoint

    def files(self, repo: str, pattern: str) -> tuple[Path, str]:
        """The file, or the folder of files, that a pattern names, and where it came from."""
        commit, names = self._contents(repo)
        matching = [name for name in names if fnmatch(name, pattern) and name.endswith(".safetensors")]
        if not matching:
            raise EngineError(f"{repo} has no .safetensors file {pattern}.")
        folder = self._download(repo, commit, matching)
        place = folder / matching[0] if len(matching) == 1 else folder
        return place, self._origin(repo, commit)

    def pipeline(self, repo: str, without: frozenset[str] = frozenset()) -> tuple[Path, str]:
        """A diffusers folder; of the components in `without`, no weights."""
        commit, names = self._contents(repo)
        if "model_index.json" not in names:
            raise EngineError(f"{repo} is not in the diffusers layout: it has no model_index.json.")
        folder = self._download(repo, commit, ["model_index.json"])
        components = list(read_index(folder))
        folder = self._download(repo, commit, [f"{name}/{end}" for name in components for end in _SMALL])
        weighty = set(networks(folder)) - without
        self._download(repo, commit, [f"{name}/*.safetensors" for name in sorted(weighty)], _VARIANTS)
        return folder, self._origin(repo, commit)

    def _contents(self, repo: str) -> tuple[str, list[str]]:
        info = self._api.model_info(repo)
        return str(info.sha), [sibling.rfilename for sibling in info.siblings or ()]

    def _download(self, repo: str, commit: str, allow: list[str], ignore: tuple[str, ...] = ()) -> Path:
        folder = self._scratch / repo.replace("/", "--")
        if allow:
            self._api.snapshot_download(
                repo, revision=commit, local_dir=folder, allow_patterns=allow, ignore_patterns=list(ignore)
            )
        return folder

    def _origin(self, repo: str, commit: str) -> str:
        return f"{self.endpoint}/{repo}@{commit}"
