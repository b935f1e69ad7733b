# Nanoswarm. `make demo` is all it takes; PYTHON=python3.12 chooses another interpreter.
PYTHON ?= python3
VENV := .venv
STAMP := $(VENV)/.complete
EXTRAS := gpio,ble,web,pages,sql,swarm,test
PIP := $(VENV)/bin/python -m pip --disable-pip-version-check --quiet
ROOT := $(filter 0,$(shell id -u))
# RUNLEVEL: what is installed for tests is not to start a service of its own on this machine.
APT := RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get -qq -o=Dpkg::Use-Pty=0

.PHONY: help venv demo test bench bench-check results tools fuzz storm faults ledger screen screens viewer lab lab-long engines soak requirements clean

help: ## what can be made
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 22

venv: $(STAMP) ## .venv with everything, once

demo: $(STAMP) ## the whole room on this machine
	@$(VENV)/bin/nanoswarm demo

SIDE_BY_SIDE = --numprocesses $(1) --dist loadfile# most wait more than they reckon; there is one lab on a machine
test: $(STAMP) tools ## style, types, unit tests, the scenario with real processes, and on a real Swarm
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/pytest -q $(call SIDE_BY_SIDE,2) tests/unit
	@echo "Now tests/interop and tests/lab, side by side, 8 minutes; each is shown once it is over ..."
	@$(MAKE) --no-print-directory --jobs 2 --output-sync test-interop test-lab

.PHONY: test-interop test-lab
test-interop:
	$(VENV)/bin/pytest -q $(call SIDE_BY_SIDE,3) tests/interop
test-lab:
	$(VENV)/bin/pytest -q tests/lab

bench: $(STAMP) ## what a CoAP request costs, beside other servers
	@$(VENV)/bin/python -m bench.coap

bench-check: $(STAMP) ## is every promise of bench/budgets.yml kept? the short versions, 10 minutes (as root also those of a Swarm)
	@$(VENV)/bin/python -m bench.check

results: $(STAMP) ## docs/results/paper.* anew: the paper's tables, on a lab of this machine; hours (as root). RESULTS=--quick: minutes
	@$(VENV)/bin/python -m bench.results $(RESULTS)

FUZZ_S ?= 60
fuzz: $(STAMP) ## make up hostile bytes for every decoder, FUZZ_S=60 seconds each
	@$(PIP) install --editable '.[fuzz]' --config-settings editable_mode=compat
	@for target in $(notdir $(wildcard tests/fuzz/corpus/*)); do \
	  echo "$$target, $(FUZZ_S) s ..."; $(VENV)/bin/python -m tests.fuzz $$target -max_total_time=$(FUZZ_S) -verbosity=0 || exit 1; done

storm: $(STAMP) ## a million spoilt datagrams for every service
	STORM_PACKETS=1000000 $(VENV)/bin/pytest -q tests/interop/test_storm.py

SOAK ?= 3000
soak: $(STAMP) ## ever other stories of people, losses and kills, SOAK=3000 of them
	SOAK_EXAMPLES=$(SOAK) $(VENV)/bin/pytest -q -x tests/unit/house/test_any_world.py
	BACKUP_MUTATIONS=$(SOAK) POWER_ROUNDS=100 $(VENV)/bin/pytest -q -x tests/unit/backup

faults: $(STAMP) ## lines that lose, double and turn around, for six minutes and in a table
	$(VENV)/bin/pytest -q tests/faults

LEDGER ?= 100
ledger: $(STAMP) tools ## auth killed and its power cut, on both databases, LEDGER=100 times each
	LEDGER_KILLS=$(LEDGER) $(VENV)/bin/pytest -q tests/interop/auth/test_ledger.py

screen: $(STAMP) tools ## all tests of the room's screen in a real browser, also those that take long
	SCREEN_LONG=1 $(VENV)/bin/pytest -q tests/interop/screen

screens: $(STAMP) tools ## pictures of every state of the room's screen, to docs/screens
	@$(VENV)/bin/python -m tests.interop.screen.states docs/screens

viewer: ## the PDF viewer's files anew, as provenance.json names them (asks npm)
	@$(PYTHON) tests/interop/screen/fetch_viewer.py

lab: $(STAMP) tools test-lab ## the tests on a real Swarm of several nodes (root, Docker's engine)

lab-long: $(STAMP) tools ## reboots, nodes that are down, no registry, foreign images: minutes each (root, Docker's engine)
	$(VENV)/bin/pytest -q tests/lab_long

engines: ## Debian 13's Docker engine in .engines, to run a lab on it too
	@tests/lab/newer_engine.sh .engines/debian-13

requirements: $(STAMP) ## lock anew what images install, with hashes, for every architecture (asks the package index)
	@$(PIP) install uv
	@$(VENV)/bin/python dockerfiles/lock.py

# A stamp, so that the second time costs nothing and a changed setup.cfg installs again.
$(STAMP): setup.cfg pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed, $(PYTHON) is older or absent: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }
	@echo "Setting up $(VENV), once ..."
	@test -x $(VENV)/bin/pip || $(PYTHON) -m venv --clear $(VENV) >/dev/null 2>&1 || $(MAKE) --no-print-directory venv-package
	@$(PIP) install --config-settings editable_mode=compat --editable '.[$(EXTRAS)]' # compat: a plain path, 8 ms less at every start
	@touch $@

# Debian's Python has its venv module in a package of its own.
.PHONY: venv-package
venv-package:
ifeq ($(ROOT),0)
	@echo "This Python cannot make virtual environments yet; installing its venv package ..."
	@$(APT) update || true
	@$(APT) install "$$(basename $$($(PYTHON) -c 'import os, sys; print(os.path.realpath(sys.executable))'))-venv" >/dev/null \
	  || $(APT) install python3-venv >/dev/null \
	  || { echo "That failed; install python3-venv by hand, then: make $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -m venv --clear $(VENV)
else
	@echo "This Python cannot make virtual environments: install its venv package (apt-get install python3-venv) first" >&2; exit 1
endif

# What tests need that pip has not: peers that are not ours, and a lab's engine. Without it they are skipped, except under CI.
PEERS := tests/interop/peers
LAB := dockerd docker docker-registry iptables ip nsenter mmdebstrap
tools: $(PEERS)/node_modules/.complete
	@for program in $(LAB); do PATH=$$PATH:/usr/sbin:/sbin command -v $$program >/dev/null || missing="$$missing $$program"; done; \
	  [ -z "$$missing" ] || $(call install,docker.io iptables iproute2 util-linux docker-registry mmdebstrap ca-certificates) \
	  || echo "$$missing absent (apt-get install docker.io iptables iproute2 util-linux docker-registry mmdebstrap)$(SKIPPED)"
	@command -v coap-client-notls >/dev/null || $(call install,libcoap3-bin) \
	  || echo "libcoap's programs are absent (apt-get install libcoap3-bin)$(SKIPPED)"
	@command -v dbus-daemon >/dev/null || $(call install,dbus) \
	  || echo "dbus-daemon is absent (apt-get install dbus)$(SKIPPED)"
	@PATH=$$PATH:/usr/sbin command -v mariadbd >/dev/null || { RUNLEVEL=1; export RUNLEVEL; $(call install,mariadb-server) \
	  && { [ ! -d /run/systemd/system ] || systemctl disable --now --quiet mariadb; }; } \
	  || echo "MariaDB's server is absent (apt-get install mariadb-server; the tests start their own)$(SKIPPED)"
	@command -v chromium >/dev/null || $(call install,chromium fonts-dejavu-core) \
	  || echo "chromium is absent (apt-get install chromium)$(SKIPPED)"
	@command -v gcc >/dev/null || $(call install,gcc libc6-dev) || echo "no C compiler is here (apt-get install gcc libc6-dev)$(SKIPPED)"

$(PEERS)/node_modules/.complete: $(PEERS)/package-lock.json
	@command -v node npm >/dev/null || $(call install,nodejs npm) || true
	@{ npm ci --prefix $(PEERS) --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null && touch $@; } \
	  || echo "npm's packages (coap-cli, playwright-core, axe-core) are absent (apt-get install nodejs npm, then make tools)$(SKIPPED)"

SKIPPED = : the tests that need it are skipped$${CI:+, which CI does not allow}
install = $(if $(filter 0,$(ROOT)),{ $(APT) update; $(APT) install --no-install-recommends $(1); } >/dev/null 2>&1,false)

clean: ## remove what was made
	rm -rf $(VENV) $(PEERS)/node_modules .engines .nanoswarm .mypy_cache .ruff_cache .pytest_cache .hypothesis .fuzz build dist *.egg-info
