# Entry point for every developer task; run `make help`. Settings come from the environment or from .env.
.DEFAULT_GOAL := help
.PHONY: help up vm down logs backup restore twin-invite twin-join witness twin-forget twin-leave twins drain resume upgrade promote demo cluster-demo cluster-demo-down dev image

name := $(or $(QLINES_NAME),$(shell sed -n 's/^QLINES_NAME=//p' .env 2>/dev/null),qlines)

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 19

up: ## install Docker if missing, build the image, start the container, wait until it is ready
	@appliance/up.sh up

image: ## build the image only
	@appliance/up.sh image

vm: ## the whole VM by compose: app, proxy and blog, with TLS
	@appliance/vm.sh up

down: ## stop and remove the containers of `make up` or `make vm`; the volumes with the data stay
	@appliance/vm.sh down

logs: ## follow the log of all programs
	@docker logs --follow --tail 100 $(name)

backup: ## make a backup now, of the blog too; backup/README.md is the runbook
	@appliance/backup.sh create

restore: ## bring a backup back; FROM=REPOSITORY, a folder or an address; ID=latest; YES=1 replaces data
	@appliance/backup.sh restore

twin-invite: ## pair this VM with another one, or renew: PEER=vm-b.example.com SELF=vm-a.example.com WITNESS=monitor.example.com FILE=…
	@ha/twin.sh invite

twin-join: ## become the twin that FILE invites; REPLACE=1 replaces the data of this VM
	@ha/twin.sh join

witness: ## run the witness that FILE invites, on a third machine
	@ha/twin.sh witness

twin-forget: ## revoke every invitation so far, after a file was lost: new certificates, in a new FILE for the others
	@ha/twin.sh forget

twin-leave: ## end the pairing on this VM or witness; its data stay
	@ha/twin.sh leave

twins: ## who is active, who serves what, how far each side is behind, and what to do
	@ha/move.sh twins

drain: ## send everything to the other VM, and say when this one carries no traffic; lasts until make resume
	@ha/move.sh drain

resume: ## take this VM back once it has caught up
	@ha/move.sh resume

upgrade: ## build, drain, start what was built, catch up, resume; then the same on the other VM, and on the witness
	@ha/move.sh upgrade

promote: ## make this VM active by hand where there is no witness and the other one is gone; YES=1 does not ask
	@ha/move.sh promote

demo: ## 20 simulated devices, and a pump that overheats, send until Ctrl-C
	@appliance/run_inside.sh $(name) qlines simulate --devices 20 --demo

cluster-demo: ## an example of a cluster on this machine: Kafka, MongoDB, ClickHouse, Redis and four nodes behind the proxy
	@deploy/cluster/demo.sh up

cluster-demo-down: ## end the example of a cluster and delete its data
	@deploy/cluster/demo.sh down

dev: ## run with the source mounted; a program restarts when its source changes
	@appliance/up.sh dev

# ---- tests and linters: Python's tools come into .venv by hash, a few others from Debian where they are missing ----
.PHONY: test unit integration scenarios long-stories picture icons lint bench soak outcomes fuzz audit lock
python := $(or $(PYTHON),python3)
bin := .venv/bin
# Unit tests run in random order. With containers a failure must be repeatable when it is looked into.
in_order := -p no:randomly
# Percent of lines and branches of the pure modules together; 99 were measured when this was set.
coverage_floor := 98

test: .venv/made app/node_modules/made ## install everything needed to test, then run all tests
	@.ci/test

unit: .venv/made ## the tests that need no container, under 40 seconds, and the coverage of the pure modules
	@$(bin)/pytest tests/unit -q -n 2 --cov --cov-report=
	@$(bin)/coverage report --include="$$(.ci/pure_modules)" --fail-under=$(coverage_floor)

integration: .venv/made ## each daemon and program, in the built image
	@appliance/up.sh docker && .ci/tools cc
	@$(bin)/pytest tests/integration $(in_order) --durations=10

scenarios: .venv/made app/node_modules/made ## the stories, one folder each; make scenarios ONLY=two_users for one
	@appliance/up.sh docker && .ci/tools cc chromium pebble curl mosquitto_pub
	@$(bin)/pytest tests/scenarios/$(ONLY) $(in_order) --durations=10

long-stories: .venv/made ## two whole VMs, and each program and container that is killed alone; make test leaves them out
	@appliance/up.sh docker && .ci/tools cc chromium
	@$(bin)/pytest tests/integration tests/scenarios -m long $(in_order) --durations=10

picture: .venv/made ## take the picture of README.md again, after a change of the page that it shows
	@appliance/up.sh docker && .ci/tools chromium
	@QLINES_TAKE_PICTURE=1 $(bin)/pytest tests/scenarios/browser_readme_picture $(in_order)

icons: .venv/made ## draw the icons of the app again, after a change of app/qlines/web/static/icon.svg
	@.ci/tools chromium
	@$(bin)/python .ci/draw_icons

lint: .venv/made app/node_modules/made ## ruff, mypy, import law, vulture, shellcheck, hadolint, clang-format, eslint, codespell, language
	@.ci/tools shellcheck
	$(bin)/ruff check
	$(bin)/ruff format --check
	$(bin)/mypy
	PYTHONPATH=app:. $(bin)/lint-imports
	$(bin)/vulture
	.ci/check_language
	git ls-files -z ':!*.lock' ':!*-lock.json' ':!tests/fuzz/corpus' | xargs -0 $(bin)/codespell
	shellcheck -x $$(git ls-files -z | xargs -0 grep -lE '^#!/(usr/)?bin/(env )?(ba)?sh')
	$(bin)/hadolint $$(git ls-files '*/Dockerfile')
	$(bin)/clang-format --dry-run -Werror $$(git ls-files '*.c' '*.h')
	PATH="$(CURDIR)/$(bin):$$PATH" npm run --prefix app --silent lint

fuzz: .venv/made ## new inputs for whatever reads bytes of others; FUZZ_SECONDS=3600 ONLY=frame,lag KEEP=1
	@.ci/tools clang
	@PYTHONPATH=app:. $(bin)/python -m tests.fuzz.fuzz

audit: .venv/made ## the image's parts against known vulnerabilities; DATABASE=FOLDER without a network
	@$(bin)/python -m appliance.audit

bench: .venv/made ## the budgets beside the measured values; make bench ONLY=latency,memory for some
	@appliance/up.sh docker && .ci/tools cc chromium
	@PYTHONPATH=app:. $(bin)/python -m tests.bench.bench

soak: .venv/made ## load, random faults and the audit together for SOAK_MINUTES (30), with SOAK_MEMORY (1g)
	@appliance/up.sh docker && .ci/tools cc
	@PYTHONPATH=app:. $(bin)/python -m tests.soak

outcomes: ## write what the scenarios measured into the operator's table (healthcheck/README.md)
	@PYTHONPATH=app:. $(bin)/python -m tests.harness.outcomes

lock: ## pin the Python dependencies again, by hash (needs uv)
	uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	    --quiet --output-file requirements.lock
	uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	    --quiet --output-file requirements-dev.lock --constraint requirements.lock --group test --group lint --group typing
	uv pip compile --group thingsboard --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	    --quiet --output-file requirements-thingsboard.lock --constraint requirements-dev.lock
	uv pip compile --group thingsboard-gateway --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	    --quiet --output-file requirements-thingsboard-gateway.lock --constraint requirements-dev.lock

.venv/made: requirements-dev.lock requirements-thingsboard.lock requirements-thingsboard-gateway.lock
	@.ci/tools venv
	@echo "Creating .venv for tests and linters"
	@# Not `venv --clear`: where .venv is a link it would empty the other checkout's.
	@rm -rf .venv
	@$(python) -m venv .venv
	@# --no-deps: the lock is complete, and pip would refuse a newer release of an extra (coverage[toml]) for its missing hash.
	@$(bin)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-dev.lock
	@$(bin)/python -m pip --disable-pip-version-check check
	@# Folders of their own, which two stories use: their paho has other contents under the same name.
	@$(bin)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes \
	    --target .venv/thingsboard-sdk -r requirements-thingsboard.lock
	@$(bin)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes \
	    --target .venv/thingsboard-gateway -r requirements-thingsboard-gateway.lock
	@touch $@

app/node_modules/made: app/package-lock.json .venv/made
	@PATH="$(CURDIR)/$(bin):$$PATH" npm ci --prefix app --silent --no-audit --no-fund --ignore-scripts
	@touch $@
