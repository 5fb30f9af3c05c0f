"""FastAPI, pandas and shap as tutorials put them together: `uvicorn tests.bench.peers.tutorial:app`.

`MODELS` is a folder of LightGBM texts. It answers with estimates and contributions; it validates
types only, keeps nothing, calibrates nothing and says nothing in words.
"""

import os
from pathlib import Path

import lightgbm
import pandas as pd  # type: ignore[import-untyped]
import shap
from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()
models = [lightgbm.Booster(model_file=path) for path in sorted(Path(os.environ["MODELS"]).glob("*.txt"))]
explainers = [shap.TreeExplainer(model) for model in models]


class Features(BaseModel):
    """One row: a value for each feature, null where it is missing."""

    features: dict[str, float | None]


@app.post("/predict")
def predict(request: Features) -> list[dict[str, object]]:
    """One estimate with its contributions for each model."""
    frame = pd.DataFrame([request.features], dtype=float)
    return [
        {
            "probability": float(model.predict(frame)[0]),
            "contributions": dict(zip(frame.columns, explainer.shap_values(frame)[0].tolist(), strict=True)),
        }
        for model, explainer in zip(models, explainers, strict=True)
    ]
