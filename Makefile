# Paraphe. `make` lists what there is.
export PATH := $(PATH):/usr/local/go/bin
PORT    ?= 8080
DIR     ?= .paraphe
GO      ?= go
PACKAGES ?=
FUZZTIME ?= 30s
SOAK    ?= 10m
VULNDB  ?= https://vuln.go.dev
COMPOSE  = VERSION=$(VERSION) DIR=$(DIR) PORT=$(PORT) MAILBOX_PORT=$$(($(PORT) + 1)) PHONE_PORT=$$(($(PORT) + 2)) SIGNATURE_PORT=$$(($(PORT) + 3)) docker compose
MOUNTED := eventing knative/local/devstack/addresses
BIN     := .paraphe/bin
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null)
STAMP   := -X github.com/paraphe/paraphe/shared/function.version=$(VERSION)
SOURCES := go.mod go.sum $(shell find . -path ./.paraphe -prune -o -type f \( -name '*.go' -o -path './functions/*' -o -path './shared/*' \) -print)

.DEFAULT_GOAL := help
.PHONY: help run demo test check vulnerabilities golden bench fuzz faults fresh-test crash soak audit backup restore keys compose compose-test cluster-test clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo 'run, demo and test install by apt-get what is missing, as root or where sudo asks for no password; SETUP=no: they only name it.'

run: $(BIN)/functions $(BIN)/local ## start everything on this machine and say where it is; Ctrl-C stops it (PORT=8080)
	@DIR=$(DIR) knative/local/setup run
	@$(BIN)/local run -port $(PORT) -dir $(DIR)

demo: $(BIN)/functions $(BIN)/local ## play one contract from draft to signed, in what runs or in a start of its own
	@DIR=$(DIR) knative/local/setup run
	@$(BIN)/local demo -dir $(DIR)

test: ## every test, on a real PostgreSQL that is started for it (PACKAGES='./shared/...': only these)
	@GO=$(GO) PACKAGES='$(PACKAGES)' tests/run

check: ## make test, and the linters
	test -z "$$(gofmt -l $$(git ls-files '*.go'))"
	$(GO) vet ./... && cd tests/manifests && $(GO) vet ./...
	$(GO) run honnef.co/go/tools/cmd/staticcheck@v0.8.2 ./... && cd tests/manifests && $(GO) run honnef.co/go/tools/cmd/staticcheck@v0.8.2 ./...
	$(GO) run github.com/securego/gosec/v2/cmd/gosec@v2.30.0 -quiet -exclude-dir=.paraphe -exclude-dir=knative/local -exclude-dir=internal/testkit ./... # what is local or for tests starts programs and opens files by design
	$(MAKE) vulnerabilities
	$(MAKE) test

vulnerabilities: ## known vulnerabilities in what we call (VULNDB=: a mirror); where the database is out of reach, it says so
	@GOBIN=$(CURDIR)/$(BIN) $(GO) install golang.org/x/vuln/cmd/govulncheck@v1.9.0 || \
		{ echo "govulncheck cannot be fetched here: nobody looked for known vulnerabilities"; exit 0; }; \
	said=$$($(BIN)/govulncheck -db $(VULNDB) ./... 2>&1); status=$$?; \
	case "$$status $$said" in \
	0*) ;; \
	"1 govulncheck: fetching vulnerabilities: "*) echo "$(VULNDB) cannot be reached from here: nobody looked for known vulnerabilities" ;; \
	*) echo "$$said"; exit 1 ;; \
	esac

golden: ## write the golden files anew; look at the difference before you commit it
	$(GO) test ./shared/events ./shared/lifecycle ./functions/generate-doc ./functions/send-mail -update
	$(GO) test ./tests/architecture -run Golden -update

fuzz: ## every fuzz test for half a minute each (FUZZTIME=10m)
	@grep -rE '^func Fuzz' --include='*_test.go' . | sed -E 's/^(.*)\/[^/]*:func (Fuzz[A-Za-z0-9]*).*/\1 \2/' | \
	while read -r package name; do echo "$$package $$name"; $(GO) test "$$package" -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 1000x || exit 1; done

bench: ## what DESIGN promises of speed, as ratios within one run
	$(GO) test -run '^$$' -bench . -timeout 30m ./shared/auth ./functions/... ./knative/local/broker
	$(GO) test -run '^$$' -bench . -benchtime 40x -timeout 30m ./tests

faults: ## every fault of what stands in for the outside, each in a stack of its own, and all at once; prints the table of docs/reliability.md
	@mkdir -p $(DIR) && rm -f $(DIR)/faults.md
	$(GO) test -count=1 -parallel 4 -timeout 90m ./tests -run 'EachFaultByItself|WithEveryFaultAtOnce|WhatWasOpenedWithAnotherKey' \
		-args -faults.each -faults.table $(CURDIR)/$(DIR)/faults.md; status=$$?; \
	echo '| fault | met | tried | ended | lost | doubled | by a person | time |'; echo '|---|--:|--:|--:|--:|--:|--:|--:|'; sort $(DIR)/faults.md; exit $$status

fresh-test: ## make run and make test in a bare Debian that is made for it (needs root; PACKAGES='./shared/...': only these tests)
	@PACKAGES='$(PACKAGES)' PORT=$(PORT) tests/fresh

crash: ## kill -9 at every named point by itself, then of everything at random under 200 contracts (CRASH='-crash.points REGEXP -crash.seed N')
	$(GO) test -count=1 -v -timeout 90m ./tests -run 'EachPointByItself|KillingEverything' \
		-args -crash.long -crash.contracts 200 -crash.at-once 20 -crash.for 2m $(CRASH)

soak: ## ten minutes of contracts and faults: what it takes stays what it was; prints the table of docs/reliability.md (SOAK=10m)
	$(GO) test -count=1 -v -timeout 90m ./tests -run '^TestSoak$$' -args -soak.for $(SOAK)

audit: ## check what runs by make run, or READING_DATABASE_URL, against what must be true of it (AUDIT=-help)
	@$(GO) run ./knative/audit -dir $(DIR) $(AUDIT)

backup: $(BIN)/local ## keep the record of make run, running or not, in a folder (TO=; BACKUP_DATABASE_URL: that record instead)
	@$(BIN)/local backup -dir $(DIR) -to "$(TO)"

restore: $(BIN)/local ## bring a backup (FROM=) into a DIR without a database (MIGRATION_DATABASE_URL: into that one, which must be empty)
	@$(BIN)/local restore -dir $(DIR) -from "$(FROM)"

keys: ## make every key and secret of an installation, as Kubernetes Secrets (KEYS='-out DIR': as files; KEYS=--help)
	@$(GO) run ./knative/keys $(KEYS)

compose: ## the six functions in containers, with PostgreSQL and the stand-ins (needs Docker; PORT=8080); secrets in .paraphe/compose
	@test -z "$$(find $(MOUNTED) ! -perm -004)" || \
		{ echo "the containers run as nobody and cannot read this checkout: chmod -R o+rX $(MOUNTED)"; exit 1; }
	@ls $(DIR)/compose/*.env >/dev/null 2>&1 || $(GO) run ./knative/keys -env $(DIR)/compose \
		-administrator admin@paraphe.example -database 'postgres://postgres:5432/paraphe?sslmode=disable'
	@$(COMPOSE) --profile scenario build
	@echo "Paraphe starts in containers. Ctrl-C stops it; nothing is lost. docker compose down removes the containers, down -v all."
	@echo "  the pages    http://localhost:$(PORT)"
	@echo "               $$(sed -n "s/^ADMINISTRATOR='\(.*\):\(.*\)'/\1   password: \2/p" $(DIR)/compose/scenario.env)"
	@echo "  the mailbox  http://localhost:$$(($(PORT) + 1))   every email that was sent"
	@echo "  the phone    http://localhost:$$(($(PORT) + 2))   every code that was sent by SMS"
	@echo "To see one contract go all the way round: docker compose run --rm scenario, in another terminal."
	@$(COMPOSE) up

compose-test: ## compose.yaml as a project of its own: one contract, restarts, everything killed, and away again (needs Docker)
	$(GO) test -tags compose -count=1 -v -timeout 30m ./tests/compose

cluster-test: ## installs into a namespace of its own of the cluster in KUBECONFIG, plays, breaks, measures (KO_DOCKER_REPO; on a node)
	@GOBIN=$(CURDIR)/$(BIN) $(GO) install github.com/google/ko@v0.19.1
	@GOBIN=$(CURDIR)/$(BIN) $(GO) install helm.sh/helm/v3/cmd/helm@v3.20.2 # as tests/manifests/go.mod has it
	PATH="$(CURDIR)/$(BIN):$$PATH" $(GO) test -tags cluster -count=1 -v -timeout 60m ./tests/cluster

clean: ## forget the local installation: database, mailbox, secrets
	@! ls .paraphe/compose/*.env >/dev/null 2>&1 || DIR=.paraphe docker compose down --volumes || echo "the containers' database is still there: docker compose down --volumes" # new secrets would not open the old database
	@find .paraphe -name postgres -type l 2>/dev/null | while read -r link; do \
		case $$(readlink "$$link") in /*/paraphe-*) rm -rf "$$(readlink "$$link")" ;; esac; done # where others may not enter .paraphe
	rm -rf .paraphe signed.pdf history.txt

$(BIN)/functions: $(SOURCES)
	@mkdir -p $@
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '-s -w $(STAMP)' -o $@/ ./knative/serve/...
	@touch $@

$(BIN)/local: $(SOURCES)
	@mkdir -p $(@D)
	$(GO) build -trimpath -ldflags '$(STAMP)' -o $@ ./knative/local
