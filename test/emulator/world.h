/*
 * world.h
 *		Everything one emulator consists of, and one call on its way through.
 *
 * Lock discipline of the whole emulator: options never change after start;
 * every store (statements, sessions, ledger, rates, canned, troubles,
 * topics, keyring, metadata, executor) has one mutex of its own, taken and let go inside each
 * of its functions; no function of one store calls another store with its
 * mutex held. So no two mutexes are ever held at once, and nobody sleeps with
 * one but on its own condition.
 */
#ifndef EMU_WORLD_H
#define EMU_WORLD_H

#include "canned.h"
#include "executor.h"
#include "keyring.h"
#include "ledger.h"
#include "message.h"
#include "metadata.h"
#include "options.h"
#include "rate.h"
#include "sessions.h"
#include "sigv4.h"
#include "statement.h"
#include "topics.h"
#include "trouble.h"

typedef struct EmuWorld
{
	EmuOptions	options;
	EmuStatements *statements;
	EmuSessions *sessions;
	EmuExecutor *executor;
	EmuLedger  *ledger;
	EmuRates   *rates;
	EmuCanned  *canned;
	EmuTroubles *troubles;
	EmuTopics  *topics;
	EmuKeyring *keyring;
	EmuMetadata *metadata;
} EmuWorld;

/* One call of an operation; owned by the router. */
typedef struct EmuVisit
{
	const EmuCall *call;
	int64_t		now_us;			/* by the clock callers meet */
	EmuAuth		auth;
	EmuTrouble	trouble;
	json_t	   *input;			/* object: JSON members or form fields */
	char		id[64];			/* statement, message or issued access key,
								 * for the ledger */
} EmuVisit;

#endif							/* EMU_WORLD_H */
