# rsdata: asynchronous Amazon Redshift Data API calls from SQL.
#
# make && make install        build and install (PG_CONFIG names the server)
# make unit                   build and run the C unit tests
# make check-sigv4 SUITE=DIR  run AWS's signing test suite, which lies there
# make check-endpoints SUITE=DIR  run botocore's endpoint cases, likewise
# make call                   build test/call/rsdata-call
# make fuzz SECONDS=5         fuzz the parsers, so long each (clang)
# make emulator               build test/emulator/rsdata-emulator
# test/check                  every test, on a throw-away cluster

EXTENSION = rsdata
MODULE_big = rsdata
DATA = rsdata--0.1.0.sql

OBJS = $(patsubst %.c,%.o,$(sort $(wildcard src/*/*.c)))

REGRESS = $(patsubst sql/%.sql,%,$(sort $(wildcard sql/*.sql)))
REGRESS_OPTS = --load-extension=rsdata

PG_CONFIG ?= pg_config

# The server's headers are system headers, so that our own warnings can be
# strict; only rsdata_* names leave the library (see src/pg/compat.h).
PG_CPPFLAGS = -Isrc -isystem $(shell $(PG_CONFIG) --includedir-server)
PG_CFLAGS = -Wall -Wextra -Wno-unused-parameter -Wshadow -Wvla \
	-Wstrict-prototypes -Wold-style-definition -Wformat=2 -Wcast-qual \
	-fvisibility=hidden $(RSDATA_CFLAGS)
SHLIB_LINK = -lcurl -lcrypto

# With FAULT_POINTS=1 the worker can be told to die at a named step (tests).
ifdef FAULT_POINTS
PG_CPPFLAGS += -DRSD_FAULT_POINTS
endif

PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)

# PGXS tracks no headers: any header change rebuilds every object.
$(OBJS): $(wildcard src/*/*.h) Makefile

.PHONY: emulator
emulator:
	$(MAKE) -C test/emulator

.PHONY: call
call:
	$(MAKE) -C test/call

.PHONY: fuzz
fuzz: SECONDS ?= 5
fuzz:
	$(MAKE) -C test/fuzz fuzz SECONDS=$(SECONDS)

.PHONY: unit
unit:
	$(MAKE) -C test/unit check

# CASES: some of B1 to B6, or --quick; all in full size unless named.
.PHONY: bench
bench:
	test/bench/bench $(CASES)

.PHONY: check-sigv4
check-sigv4:
	$(MAKE) -C test/sigv4 check SUITE="$(abspath $(SUITE))"

# SUITE: a directory with botocore's endpoint test cases (test/endpoints).
.PHONY: check-endpoints
check-endpoints:
	$(MAKE) -C test/endpoints check SUITE="$(abspath $(SUITE))"
