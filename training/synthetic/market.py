"""The labour market the simulated persons meet: exogenous, by fylke, yrke and month."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from training.synthetic.config import PopulationConfig
from training.synthetic.config_world import Marked, Pandemi
from training.synthetic.draws import Floats, Stream, generator
from training.synthetic.months import calendar, day_number


@dataclass(frozen=True, slots=True)
class Market:
    """What the hazards see (z, cov) and what is published."""

    z: Floats  # (fylke, yrke, month), ln of ledighet over its usual level
    cov: Floats  # (month,), the pandemic's course, already scaled by the switch `sjokk`
    cov_v: Floats  # (yrke, month), cov times how hard it hits the yrke
    ledighet: Floats  # (fylke, yrke, month), share
    stillinger: Floats  # (fylke, yrke, month), published vacancies per ledig


def make_market(config: PopulationConfig, seed: int) -> Market:
    """Lay down the market for all months, run-in and horizon included."""
    marked, months = config.marked, config.register.markedsmaaneder
    rng = generator(seed, Stream.MARKET, 0)
    shape = (len(marked.fylker), len(marked.yrke_s), months)
    noise = _autoregressive(marked, rng, shape)
    years = config.register.foerste_maaned.year + np.arange(months) / 12
    nat = np.interp(years, *np.array(marked.nasjonal).T)
    oil = np.interp(years, *np.array(marked.olje).T) * config.brytere.sjokk
    cov = pandemic(marked.pandemi, months) * config.brytere.sjokk
    s, g, q, v = (np.array(x)[:, None] for x in (marked.yrke_s, marked.yrke_g, marked.yrke_q, marked.yrke_v))
    level = np.array([fylke.s for fylke in marked.fylker])[:, None, None]
    oil_share = np.array([fylke.olje for fylke in marked.fylker])[:, None, None]
    log_ratio = level + s + g * nat + q * oil_share * oil + v * cov + noise
    ledighet = np.minimum(marked.tak, marked.ledighet * np.exp(log_ratio))
    ratio = ledighet / marked.nevner
    vacancy_noise = np.exp(marked.stillinger_stoey * rng.standard_normal(shape))
    stillinger = marked.stillinger * ratio**marked.stillinger_potens * vacancy_noise
    return Market(np.log(ratio), cov, v * cov, ledighet, stillinger)


def _autoregressive(marked: Marked, rng: np.random.Generator, shape: tuple[int, int, int]) -> Floats:
    steps = rng.standard_normal(shape)
    noise = np.empty(shape)
    noise[..., 0] = marked.ar_start * steps[..., 0]
    for t in range(1, shape[-1]):
        noise[..., t] = marked.ar * noise[..., t - 1] + marked.ar_stoey * steps[..., t]
    return noise


def pandemic(pandemi: Pandemi, months: int) -> Floats:
    """The pandemic's course: a peak, a tail a month later, halved and then gone."""
    k = np.arange(months) - pandemi.start
    peak = pandemi.topp * np.exp(-k / pandemi.topp_maaneder)
    tail = pandemi.hale * np.exp(-np.maximum(k - pandemi.hale_fra, 0) / pandemi.hale_maaneder) * (k >= 1)
    halved = np.where(k >= pandemi.halvert_fra, 0.5, 1.0)
    return np.where((k >= 0) & (k < pandemi.slutt), (peak + tail) * halved, 0.0)


def published(config: PopulationConfig, market: Market) -> pl.DataFrame:
    """The table `arbeidsmarked`: one row per month, fylke and first digit, as known on the extract date."""
    days = calendar(config.register.foerste_maaned, config.register.markedsmaaneder)
    month, fylke, yrke = (
        axis.ravel() for axis in np.indices(market.ledighet.transpose(2, 0, 1).shape, dtype=np.int32)
    )
    codes = np.array([fylke.kode for fylke in config.marked.fylker])
    frame = pl.DataFrame(
        {
            "maaned": days.first(month),
            "fylke": codes[fylke],
            "styrk1": (yrke + 1).astype(str),
            "ledighet": 100 * market.ledighet[fylke, yrke, month],
            "ledige_stillinger_per_ledig": market.stillinger[fylke, yrke, month],
            "kjent_fra": days.first(month + 1) + config.marked.kjent_dag - 1,
        }
    )
    known = pl.col("kjent_fra") <= day_number(config.register.uttrekksdato)
    return frame.filter(known).with_columns(pl.col("maaned", "kjent_fra").cast(pl.Int32).cast(pl.Date))
