/*
 * submit_format.c
 *	  In which format a statement's result is asked for.
 *
 * CSV is smaller and faster, but does not tell NULL from an empty text.  By
 * itself it is chosen only where no column could take an empty text.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "pg/submit_format.h"

/* No value of these types is written without a character. */
static bool
has_no_empty_value(Oid type)
{
	switch (getBaseType(type))
	{
		case BOOLOID:
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case FLOAT4OID:
		case FLOAT8OID:
		case NUMERICOID:
		case DATEOID:
		case TIMEOID:
		case TIMETZOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
		case INTERVALOID:
		case JSONOID:
		case JSONBOID:
		case UUIDOID:
			return true;
		default:
			return false;
	}
}

/* Dropped and generated columns receive nothing. */
static bool
column_is_plain(Oid relid, AttrNumber attnum)
{
	HeapTuple	tuple = SearchSysCache2(ATTNUM, ObjectIdGetDatum(relid),
										Int16GetDatum(attnum));
	Form_pg_attribute att;
	bool		plain;

	if (!HeapTupleIsValid(tuple))
		return true;
	att = (Form_pg_attribute) GETSTRUCT(tuple);
	plain = att->attisdropped || att->attgenerated != '\0' ||
		has_no_empty_value(att->atttypid);
	ReleaseSysCache(tuple);
	return plain;
}

static bool
target_is_plain(Oid relid)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	int			natts;

	if (!HeapTupleIsValid(tuple))
		return false;
	natts = ((Form_pg_class) GETSTRUCT(tuple))->relnatts;
	ReleaseSysCache(tuple);
	for (int i = 1; i <= natts; i++)
	{
		if (!column_is_plain(relid, (AttrNumber) i))
			return false;
	}
	return true;
}

const char *
rsd_submit_format(const char *option, const char *server, Oid target)
{
	const char *format = option != NULL ? option : server;

	if (format == NULL || strcmp(format, "json") == 0)
		return "json";
	if (strcmp(format, "csv") == 0)
		return "csv";
	return OidIsValid(target) && target_is_plain(target) ? "csv" : "json";
}
