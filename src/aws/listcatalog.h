/*
 * listcatalog.h
 *		ListDatabases, ListSchemas, ListTables and DescribeTable of the
 *		Redshift Data API: the requests' bodies and the pages of the replies.
 *
 * Members are those of the service's public API reference.  Names are told
 * as they stand in the reply: bytes between quotes, still escaped, to be
 * decoded with rsd_json_text.
 */
#ifndef RSD_AWS_LISTCATALOG_H
#define RSD_AWS_LISTCATALOG_H

#include "aws/listpage.h"

#define RSD_LIST_CATALOG_MAX 1000	/* the service's limit for MaxResults */

/*
 * One call.  Strings are borrowed, UTF-8; NULL or "" = not sent.  Patterns
 * are those of LIKE; which members an operation knows is the caller's
 * concern.
 */
typedef struct RsdListCatalogCall
{
	const char *database;
	const char *connected_database; /* where to log in, if not there */
	const char *cluster;		/* ClusterIdentifier */
	const char *workgroup;		/* WorkgroupName */
	const char *db_user;
	const char *secret_arn;
	const char *schema_pattern;
	const char *table_pattern;
	const char *schema;			/* DescribeTable */
	const char *table;			/* DescribeTable */
	RsdSlice	next_token;
	int			max_results;	/* 0 = not sent */
} RsdListCatalogCall;

/* Of ListTables.  NULL where absent. */
typedef struct RsdListedTable
{
	RsdSlice	schema;
	RsdSlice	name;
	RsdSlice	type;			/* "TABLE", "VIEW", "SYSTEM TABLE", ... */
} RsdListedTable;

#define RSD_COLUMN_NUMBER_ABSENT INT64_MIN

/* Of DescribeTable.  Texts are NULL where absent. */
typedef struct RsdListedColumn
{
	RsdSlice	schema;
	RsdSlice	table;
	RsdSlice	name;
	RsdSlice	label;
	RsdSlice	type;
	RsdSlice	default_value;
	int64_t		length;			/* these four may be ..._ABSENT */
	int64_t		precision;
	int64_t		scale;
	int64_t		nullable;		/* 0, 1, or 2 for not known (JDBC) */
	bool		has_case_sensitive;
	bool		case_sensitive;
	bool		has_currency;
	bool		currency;
	bool		has_signed;
	bool		is_signed;
} RsdListedColumn;

/* Appends the JSON body; LIMIT or MEMORY from the buffer. */
extern bool rsd_listcatalog_body(const RsdListCatalogCall *call, RsdBuf *body,
								 RsdError *err) RSD_MUSTCHECK;

/*
 * Starts reading the reply to one of the four operations, as
 * rsd_listpage_open, which tells errors and ownership.
 */
extern bool rsd_listcatalog_open(RsdListPage *page, RsdOp op, RsdSlice body,
								 RsdError *err) RSD_MUSTCHECK;

/*
 * The next name, of ListDatabases and ListSchemas.  *more false: there was
 * none left.  MALFORMED if it is not a string.  Slices point into the body.
 */
extern bool rsd_listcatalog_name(RsdListPage *page, RsdSlice *name,
								 bool *more, RsdError *err) RSD_MUSTCHECK;

/* The same for ListTables; a table without a name is MALFORMED. */
extern bool rsd_listcatalog_table(RsdListPage *page, RsdListedTable *out,
								  bool *more, RsdError *err) RSD_MUSTCHECK;

/* The same for DescribeTable; a column without a name is MALFORMED. */
extern bool rsd_listcatalog_column(RsdListPage *page, RsdListedColumn *out,
								   bool *more, RsdError *err) RSD_MUSTCHECK;

#endif							/* RSD_AWS_LISTCATALOG_H */
