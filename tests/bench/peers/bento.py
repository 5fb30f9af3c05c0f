"""BentoML and shap as its own pages put them together: `bentoml serve tests.bench.peers.bento:Explained`.

`MODELS` is a folder of LightGBM texts. Runs in an environment of its own (`.venv-peers`), so it
imports nothing of ours. Like the tutorial, it keeps nothing and says nothing in words.
"""

import os
from pathlib import Path

import bentoml  # type: ignore[import-not-found]  # in .venv-peers only
import lightgbm
import pandas as pd  # type: ignore[import-untyped]
import shap


@bentoml.service(workers=1, traffic={"timeout": 30})
class Explained:
    """One estimate with its contributions for each model."""

    def __init__(self) -> None:
        texts = sorted(Path(os.environ["MODELS"]).glob("*.txt"))
        self.models = [lightgbm.Booster(model_file=path) for path in texts]
        self.explainers = [shap.TreeExplainer(model) for model in self.models]

    @bentoml.api  # type: ignore[untyped-decorator]
    def predict(self, features: dict[str, float | None]) -> list[dict[str, object]]:
        """Answer one row."""
        frame = pd.DataFrame([features], dtype=float)
        return [
            {
                "probability": float(model.predict(frame)[0]),
                "contributions": dict(
                    zip(frame.columns, explainer.shap_values(frame)[0].tolist(), strict=True)
                ),
            }
            for model, explainer in zip(self.models, self.explainers, strict=True)
        ]
