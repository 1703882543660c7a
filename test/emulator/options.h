/*
 * options.h
 *		What the command line says. Read once at start, constant afterwards,
 *		so every thread may read it without a lock.
 */
#ifndef EMU_OPTIONS_H
#define EMU_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

typedef struct EmuKey
{
	const char *access_key;
	const char *secret;
	const char *session_token;	/* NULL: the key belongs to a user */
} EmuKey;

typedef enum EmuLongPoll
{
	EMU_LONG_POLL_ON,
	EMU_LONG_POLL_IGNORE,		/* an endpoint older than the feature */
	EMU_LONG_POLL_REJECT		/* ValidationException on the member */
} EmuLongPoll;

/* Where CSV has a line of column labels. */
typedef enum EmuCsvHeader
{
	EMU_CSV_HEADER_FIRST,		/* in the first chunk of the result */
	EMU_CSV_HEADER_CHUNK,		/* in every chunk */
	EMU_CSV_HEADER_NONE
} EmuCsvHeader;

/* What instance metadata is like. */
typedef enum EmuInstance
{
	EMU_INSTANCE_V2,			/* a token is demanded */
	EMU_INSTANCE_BOTH,			/* a token is accepted */
	EMU_INSTANCE_V1,			/* nobody knows of tokens */
	EMU_INSTANCE_OFF			/* 403 for everything */
} EmuInstance;

typedef struct EmuRole
{
	const char *arn;
	const char *external_id;	/* NULL: none is asked for */
} EmuRole;

typedef struct EmuOptions
{
	const char *listen;			/* ADDR:PORT as given */
	const char *canned_listen;	/* the same; NULL: nowhere */
	const char *dsn;
	EmuKey	   *keys;
	size_t		nkeys;
	const char **rates;			/* OP=N, or "*" */
	size_t		nrates;
	const char **topics;
	size_t		ntopics;		/* 0: any well-formed ARN exists */
	EmuRole    *roles;
	size_t		nroles;			/* 0: any well-formed role lets anyone in */
	const char *web_token;		/* NULL: any web identity token will do */
	const char *container_token;	/* NULL: none is asked for */
	const char *instance_role;	/* "": the instance has none */
	const char *ledger_file;	/* NULL: none */
	const char *db_user;		/* NULL: "IAM:" and the access key */
	const char *account;		/* twelve digits */
	size_t		page_bytes;
	size_t		result_bytes_max;
	size_t		csv_chunk_bytes;
	size_t		csv_page_bytes;
	size_t		gzip_bytes;		/* compress replies from this size; 0: none */
	const char *csv_null;
	const char *csv_name;		/* of the format in replies */
	EmuCsvHeader csv_header;
	bool		csv_quote_all;
	bool		csv_quoted_empty;	/* "" for an empty text */
	bool		csv_empty_header;	/* a header though there are no rows */
	size_t		history_max;	/* of each kind of thing kept in memory */
	long		waiters_max;	/* per statement */
	long		active_max;
	long		sessions_max;	/* open ones of a cluster or workgroup */
	long		session_life_s;
	long		session_reap_s; /* how late an idle one is closed */
	long		connections;	/* statements at work on the database */
	long		idle_connections;	/* kept for the next statements */
	long		retention_s;
	long		token_ttl_s;
	long		credential_ttl_s;	/* of issued keys; 0: as was asked for */
	long		clock_offset_s; /* added to the clock callers meet */
	int			not_found_status;	/* HTTP status of ResourceNotFound */
	EmuLongPoll long_poll;
	EmuInstance instance;
	bool		use_database;	/* connect to the database that is named */
	bool		blob_varbyte;	/* blobValue instead of hex in stringValue */
	bool		head_on_first_page_only;
	bool		content_deduplication;	/* of FIFO topics */
	bool		canned;			/* at start */
	bool		undone_aborted; /* parts undone by a later one: ABORTED */
	bool		reject_token_reuse; /* same token, other SQL: an error */
} EmuOptions;

/*
 * Read the command line. Returns true when the emulator should start. Else
 * *exit_status is set, and help or a complaint has been printed. Strings
 * point into argv.
 */
extern bool emu_options_read(EmuOptions *options, int argc, char **argv,
							 int *exit_status);

/* Read the name of a kind of instance metadata; false if it is none. */
extern bool emu_options_read_instance(const char *text,
									  EmuInstance *instance);

/* Free the arrays that emu_options_read made. */
extern void emu_options_free(EmuOptions *options);

#endif							/* EMU_OPTIONS_H */
