/*
 * load_target.c
 *	  A target made ready for the rows of a part: locked, emptied, its columns
 *	  matched with the result's.
 *
 * Runs in the loader as the submitter; what changes tables goes through SPI
 * and its checks.
 */
#include "postgres.h"

#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/varlena.h"

#include "access/xact.h"
#include "aws/resultset.h"
#include "pg/column_names.h"
#include "pg/compat.h"
#include "pg/load_target.h"
#include "pg/utf8text.h"

static void
take_column(RsdLoadColumn *out, const RsdColumn *column)
{
	out->name = rsd_text_from_utf8(column->label);
	out->type_name = rsd_text_from_utf8(column->type_name);
	out->precision = column->precision;
	out->scale = column->scale;
	out->not_null = column->nullable == 0;
}

int
rsd_load_columns(RsdSlice metadata, RsdLoadColumn **columns)
{
	RsdColumns	reader;
	RsdColumn	column;
	RsdError	err;
	char	  **names;
	int			n = 0;
	int			got;

	*columns = palloc(sizeof(RsdLoadColumn) * RSD_MAX_COLUMNS);
	rsd_columns_open(&reader, metadata);
	while ((got = rsd_columns_next(&reader, &column, &err)) > 0)
	{
		if (n == RSD_MAX_COLUMNS)
			break;
		take_column(&(*columns)[n++], &column);
	}
	if (got != 0 || n == 0)
		ereport(ERROR,
				errcode(ERRCODE_DATA_CORRUPTED),
				errmsg("could not read the columns of the result"),
				got < 0 ? errdetail("%s.", err.what) : 0);
	names = palloc(sizeof(char *) * n);
	for (int i = 0; i < n; i++)
		names[i] = (*columns)[i].name;
	rsd_column_names_unique(names, n);
	for (int i = 0; i < n; i++)
		(*columns)[i].name = names[i];
	return n;
}

/* The user's rights are checked by what runs here. */
static void
run_sql(const char *sql, int expected)
{
	int			rc = SPI_execute(sql, false, 0);

	if (rc != expected)
		elog(ERROR, "could not run \"%s\": %s", sql,
			 SPI_result_code_string(rc));
	CommandCounterIncrement();
}

/* Rows of children are not the target's: COPY would not fill those either. */
static const char *
only(Oid relid)
{
	return get_rel_relkind(relid) == RELKIND_RELATION ? "ONLY " : "";
}

static void
empty(const RsdTarget *target, RsdTargetMode mode)
{
	if (mode == RSD_TARGET_REPLACE)
		run_sql(psprintf("DELETE FROM %s%s", only(target->oid), target->name),
				SPI_OK_DELETE);
	else if (mode == RSD_TARGET_TRUNCATE)
		run_sql(psprintf("TRUNCATE %s%s", only(target->oid), target->name),
				SPI_OK_UTILITY);
}

static void
create(RsdTarget *target, const RsdLoadColumn *columns, int ncolumns)
{
	RangeVar   *var = makeRangeVarFromNameList(
		textToQualifiedNameList(cstring_to_text(target->name)));

	run_sql(rsd_load_create_sql(target->name, columns, ncolumns),
			SPI_OK_UTILITY);
	target->oid = RangeVarGetRelid(var, NoLock, false);
}

/*
 * The lock comes after a check of rights, so that nobody can lock what he may
 * not change; what it holds fast is checked once more.  Readers see the old
 * rows until all the new ones are there.
 */
static void
lock(RsdTarget *target, RsdTargetMode mode)
{
	rsd_target_check(target->oid, target->name, mode);
	LockRelationOid(target->oid, mode == RSD_TARGET_REPLACE ?
					ShareRowExclusiveLock : mode == RSD_TARGET_TRUNCATE ?
					AccessExclusiveLock : RowExclusiveLock);
	rsd_target_check(target->oid, target->name, mode);
	/* It may have another name by now. */
	target->name = quote_qualified_identifier(
		get_namespace_name(get_rel_namespace(target->oid)),
		get_rel_name(target->oid));
}

void
rsd_load_target_open(RsdTarget *target, RsdTargetMode mode,
					 const RsdLoadColumn *columns, int ncolumns)
{
	if (mode == RSD_TARGET_CREATE)
	{
		create(target, columns, ncolumns);
		return;
	}
	lock(target, mode);
	empty(target, mode);
}

/* Can a result's column go here? */
static bool
is_open(Form_pg_attribute att)
{
	return !att->attisdropped && att->attgenerated == '\0';
}

/* "a, b, c", clipped. */
static char *
list_names(TupleDesc desc)
{
	StringInfoData list;
	int			n = 0;

	initStringInfo(&list);
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);

		if (!is_open(att))
			continue;
		if (++n > 20)
		{
			appendStringInfoString(&list, ", ...");
			break;
		}
		appendStringInfo(&list, "%s%s", n > 1 ? ", " : "",
						 quote_identifier(NameStr(att->attname)));
	}
	return list.data;
}

/* The target's column of this name, or NULL. */
static char *
find_by_name(TupleDesc desc, const char *name)
{
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);

		if (!att->attisdropped && strcmp(NameStr(att->attname), name) == 0)
			return is_open(att) ? NameStr(att->attname) : NULL;
	}
	return NULL;
}

static bool
is_generated(TupleDesc desc, const char *name)
{
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);

		if (!att->attisdropped && att->attgenerated != '\0' &&
			strcmp(NameStr(att->attname), name) == 0)
			return true;
	}
	return false;
}

static List *
match_names(const RsdTarget *target, TupleDesc desc,
			const RsdLoadColumn *columns, int ncolumns)
{
	List	   *list = NIL;

	for (int i = 0; i < ncolumns; i++)
	{
		char	   *name = find_by_name(desc, columns[i].name);

		if (name == NULL && is_generated(desc, columns[i].name))
			ereport(ERROR,
					errcode(ERRCODE_DATATYPE_MISMATCH),
					errmsg("column \"%s\" of target %s is generated",
						   columns[i].name, target->name),
					errhint("Leave it out of the statement's select list."));
		if (name == NULL)
			ereport(ERROR,
					errcode(ERRCODE_DATATYPE_MISMATCH),
					errmsg("column \"%s\" of the result does not exist in target %s",
						   columns[i].name, target->name),
					errdetail("Columns of the target: %s.", list_names(desc)),
					errhint("Name the column in the statement with AS, or use the option \"target_columns\": \"position\"."));
		list = lappend(list, pstrdup(name));
	}
	return list;
}

static List *
match_positions(const RsdTarget *target, TupleDesc desc, int ncolumns)
{
	List	   *list = NIL;
	int			open = 0;

	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);

		if (is_open(att) && open++ < ncolumns)
			list = lappend(list, pstrdup(NameStr(att->attname)));
	}
	if (ncolumns > open)
		ereport(ERROR,
				errcode(ERRCODE_DATATYPE_MISMATCH),
				errmsg("the result has more columns than target %s",
					   target->name),
				errdetail("Columns of the result: %d, of the target: %d (%s).",
						  ncolumns, open, list_names(desc)));
	return list;
}

List *
rsd_load_target_match(const RsdTarget *target, bool by_position,
					  const RsdLoadColumn *columns, int ncolumns)
{
	Relation	rel = table_open(target->oid, AccessShareLock);
	TupleDesc	desc = RelationGetDescr(rel);
	List	   *list;

	list = by_position ? match_positions(target, desc, ncolumns) :
		match_names(target, desc, columns, ncolumns);
	table_close(rel, NoLock);
	return list;
}
