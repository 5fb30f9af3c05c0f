# A newcomer needs two of these: `make run` and `make test`.
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python

# LightGBM's threads would otherwise spin beside another busy process, and train many times slower.
export OMP_WAIT_POLICY := PASSIVE
# Bytecode is kept, whatever the environment says: else every process compiles our source and the tests anew.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: run issuer test lint chromium bench bench-quick bench-growth bench-parts bench-workshop proof-skew proof-house proof-score proof-journal proof-swaps proof-replay proof-words proof-api proof-restarts proof-soak proof-image sbom contract pictures lock clean

# One stamp says: .venv holds exactly what the development lock says.
$(VENV)/stamp: requirements-dev.lock
	$(PYTHON) -m venv $(VENV)
	$(PY) -m pip install --quiet --require-hashes -r requirements-dev.lock
	touch $@

# The contribution kernel, by any C compiler; without one LightGBM explains, and the next `make` looks again.
KERNEL := models/treeshap/libtreeshap.so
$(KERNEL): $(wildcard models/treeshap/*.[ch]) models/treeshap/build.py $(VENV)/stamp
	$(PY) -m models.treeshap.build

# What explains wants it there; what was trained before it is not trained again.
run test bench var/approved.toml proof-house proof-score proof-swaps proof-replay proof-words proof-api proof-restarts proof-soak proof-skew pictures: | $(KERNEL)

# A practice model on invented people, then the service on loopback, port 8080.
# Each file is made once; `make clean` starts over.
run: var/approved.toml var/sjekkpunkt.pem
	$(PY) -m serving serve --approved var/approved.toml --artefacts var/artefacts --journal var/journal.db \
	  --arkiv var/arkiv --checkpoints var/sjekkpunkter --checkpoint-key var/sjekkpunkt.pem

# Tokens for a service on this machine: prints how to start it with them, and serves until Ctrl-C.
issuer: $(VENV)/stamp
	$(PY) -m tests.issuer --folder var/issuer

# The key that signs the journal's checkpoints; its public half is what an auditor needs.
var/sjekkpunkt.pem: $(VENV)/stamp
	mkdir -p var/sjekkpunkter && rm -f $@
	$(PY) -m serving journal key $@ > var/sjekkpunkt.pub

var/register: $(VENV)/stamp
	rm -rf $@
	$(PY) -m training synthetic $@

var/trainer.pem: $(VENV)/stamp
	mkdir -p var && rm -f $@
	$(PY) -m training key $@ --name "make run" > var/signers.toml

# Fewer models to compare with than the ordinary run: enough to try the machinery in a minute or two.
QUICKLY = --set evaluering.omtrekk=200 --set evaluering.to_maater=20 --set evaluering.froe=1 \
  --set evaluering.trukne_kull=0 --set 'evaluering.omstridte=["ALDER"]'

# A practice model trained and approved in the folder of the file that is made, with settings of its own.
define PRACTISE
	$(PY) -m training train var/register --out $(@D)/training --artefacts $(@D)/artefacts \
	  --trainer "make run" --key var/trainer.pem $(QUICKLY) $(1)
	$(PY) -m training approve challenger --approver "øvelse" --why "øvingsmodell på syntetiske personer" \
	  --out $(@D)/training --artefacts $(@D)/artefacts --signers var/signers.toml --approved $@
endef

var/approved.toml: var/register var/trainer.pem
	$(call PRACTISE)

# As large as the model that the goals of speed were set for (tests/bench/speed_goals.py).
var/referanse/approved.toml: var/approved.toml
	$(call PRACTISE,--set lightgbm.trees=400 --set lightgbm.leaves=31)

lint: $(VENV)/stamp
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy

# Each process takes its own half of the files, so that what a file's tests share is seldom made twice.
test: lint chromium
	$(PY) -m pytest -n 2 --dist worksteal

# The page tests drive Debian's Chromium: installed where it is missing, no cost where it is not.
chromium:
	@command -v chromium > /dev/null \
	  || { $(AS_ROOT) apt-get -q update && $(AS_ROOT) apt-get install -qy --no-install-recommends chromium; } \
	  || { echo "The page tests need Chromium, and it could not be installed: apt-get install chromium" >&2; exit 1; }
AS_ROOT := $(if $(filter 0,$(shell id -u)),,sudo -n)

# How fast an answer is, stage by stage and beside the peers: docs/speed.md. PUBLISH=--publish writes it there.
# Below an alarm, or where something could not be measured, the exit code is not 0.
PRACTICE = --approved var/approved.toml --artefacts var/artefacts
REFERENCE = --reference var/referanse
bench: var/referanse/approved.toml .venv-peers/stamp
	$(PY) -m tests.bench speed var/register $(PRACTICE) $(REFERENCE) $(PUBLISH)

bench-quick: var/referanse/approved.toml
	$(PY) -m tests.bench speed var/register $(PRACTICE) $(REFERENCE) --quick

# Time and memory from ten thousand people to ten millions: some twenty minutes, and up to 20 GB.
MOST = 1e7
bench-growth: var/approved.toml
	$(PY) -m tests.bench growth var/register $(PRACTICE) --most $(MOST) $(PUBLISH)

# What else has a goal: AUC beside the reference run, one against the crowd, tokens, appends.
bench-parts: var/approved.toml var/register-200k
	$(PY) -m tests.bench reference var/register-200k
	$(PY) -m tests.bench skew var/register $(PRACTICE) --most 4000
	$(PY) -m tests.bench tokens
	$(PY) -m tests.bench journal

# A peer that wants other versions of our packages than we do.
.venv-peers/stamp: requirements-peers.lock
	$(PYTHON) -m venv .venv-peers
	.venv-peers/bin/python -m pip install --quiet --require-hashes -r requirements-peers.lock
	touch $@

# How fast the workshop is: features, fitting, full evaluation. Some ten minutes, most of them inventing people.
bench-workshop: var/register-300k
	$(PY) -m tests.bench intervals
	$(PY) -m tests.bench workshop $<
	$(PY) -m tests.bench fit $<

var/register-300k: $(VENV)/stamp
	rm -rf $@
	$(PY) -m training synthetic $@ --persons 300000

var/register-200k: $(VENV)/stamp
	rm -rf $@
	$(PY) -m training synthetic $@ --persons 200000

# The journal under kills, crashes, cuts, tampering and erasure: some ten minutes.
proof-journal: $(VENV)/stamp
	$(PY) -m tests.proof journal

# The auditors' pages over a million cases: some three minutes, most of them inventing the cases.
proof-house: var/approved.toml
	$(PY) -m tests.proof house $(PRACTICE)

# A million registreringer scored with their explanations: some ten minutes on two quiet cores.
proof-score: var/approved.toml
	$(PY) -m tests.proof score var/register $(PRACTICE)

proof-swaps: var/approved.toml
	$(PY) -m tests.proof swaps $(PRACTICE)

proof-replay: var/approved.toml
	$(PY) -m tests.proof replay var/register $(PRACTICE)

# Every explanation of 10,000 invented people, in three languages: a minute or two.
proof-words: var/approved.toml
	$(PY) -m tests.proof words var/register $(PRACTICE)

# The whole contract asked at random: some three minutes.
proof-api: $(VENV)/stamp
	$(PY) -m tests.proof api

# Replicas restarted under load, eight workers started and stopped: some three quarters of an hour.
proof-restarts: $(VENV)/stamp
	$(PY) -m tests.proof restarts
	$(PY) -m tests.proof workers

# Half an hour of steady load on one replica.
proof-soak: $(VENV)/stamp
	$(PY) -m tests.proof soak

# The image made without an engine, its packages fetched by hash, and lived in: a minute or two.
proof-image: $(VENV)/stamp
	$(PY) -m tests.proof image

# The bill of materials of what is delivered (CycloneDX), read out of the image.
sbom: $(VENV)/stamp
	rm -rf build/image && $(PY) -m tests.image build/image
	$(VENV)/bin/cyclonedx-py environment --no-validate --of JSON -o build/sbom.json build/image/image/app/venv/bin/python

# The contract as a file: run it when a route or a field changes, and look at the difference.
contract: $(VENV)/stamp
	$(PY) -m tests.contract

# README's pictures, taken in Chromium.
pictures: var/approved.toml chromium
	$(PY) -m tests.bench pictures $(PRACTICE)

# Every synthetic registrering, alone and in the crowd: takes a quarter of an hour.
proof-skew: var/approved.toml
	$(PY) -m tests.bench skew var/register $(PRACTICE)

# The locks: what the service runs on, what training adds, what development adds.
lock: $(VENV)/stamp
	$(LOCK) pyproject.toml -o requirements-serving.lock
	$(LOCK) pyproject.toml --extra training -c requirements-serving.lock -o requirements-training.lock
	$(LOCK) pyproject.toml --extra training --extra dev -c requirements-training.lock -o requirements-dev.lock
	$(LOCK) tests/bench/peers/requirements.in -o requirements-peers.lock
LOCK = $(VENV)/bin/uv pip compile --quiet --python-version 3.11 --generate-hashes --no-emit-index-url --custom-compile-command "make lock"

clean:
	rm -rf $(VENV) .venv-peers var build models/treeshap/*.so $(KERNEL)
