/*
 * column_names.c
 *	  Labels of a result's columns made unique: x, x_2, x_3.
 *
 * Redshift allows equal labels; JSON objects and row types do not, and row
 * types want some name: where there is none it is PostgreSQL's own.  The same
 * names are used by rsdata_rows, rsdata_result_as and rsdata.result_columns.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"

#include "pg/column_names.h"
#include "pg/compat.h"

RSD_FUNCTION(rsdata_column_names);

/* A name in use. */
typedef struct NameEntry
{
	const char *name;			/* hash key: the string, not the pointer */
	bool		taken;			/* a column has it (else: some label only) */
	int			next;			/* number to try next for a repetition */
} NameEntry;

static uint32
hash_name(const void *key, Size keysize)
{
	const char *name = *(const char *const *) key;

	return hash_bytes((const unsigned char *) name, (int) strlen(name));
}

static int
match_name(const void *a, const void *b, Size keysize)
{
	return strcmp(*(const char *const *) a, *(const char *const *) b);
}

/* The entry of a name, made if there is none. */
static NameEntry *
enter_name(HTAB *table, const char *name)
{
	NameEntry  *entry;
	bool		found;

	entry = hash_search(table, &name, HASH_ENTER, &found);
	if (!found)
	{
		entry->taken = false;
		entry->next = 2;
	}
	return entry;
}

/* The first label_N that is neither a name nor a label. */
static char *
free_name(HTAB *table, const char *label)
{
	NameEntry  *entry = enter_name(table, label);
	int			number = entry->next;
	char	   *name = psprintf("%s_%d", label, number);

	while (hash_search(table, &name, HASH_FIND, NULL) != NULL)
	{
		pfree(name);
		name = psprintf("%s_%d", label, ++number);
	}
	entry->next = number + 1;
	enter_name(table, name)->taken = true;
	return name;
}

void
rsd_column_names_unique(char **names, int n)
{
	HASHCTL		ctl;
	HTAB	   *table;

	memset(&ctl, 0, sizeof(ctl));
	ctl.keysize = sizeof(char *);
	ctl.entrysize = sizeof(NameEntry);
	ctl.hash = hash_name;
	ctl.match = match_name;
	ctl.hcxt = CurrentMemoryContext;
	table = hash_create("rsdata column names", 64, &ctl,
						HASH_ELEM | HASH_FUNCTION | HASH_COMPARE | HASH_CONTEXT);
	for (int i = 0; i < n; i++)
	{
		if (names[i][0] == '\0')
			names[i] = pstrdup("?column?");
		(void) enter_name(table, names[i]);
	}
	for (int i = 0; i < n; i++)
	{
		NameEntry  *entry = enter_name(table, names[i]);

		if (entry->taken)
			names[i] = free_name(table, names[i]);
		else
			entry->taken = true;
	}
	hash_destroy(table);
}

/* rsdata_column_names(labels text[]) returns text[] */
Datum
rsdata_column_names(PG_FUNCTION_ARGS)
{
	Datum	   *labels;
	bool	   *nulls;
	char	  **names;
	int			n;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(0), TEXTOID, -1, false,
					  TYPALIGN_INT, &labels, &nulls, &n);
	names = palloc(sizeof(char *) * Max(n, 1));
	for (int i = 0; i < n; i++)
		names[i] = nulls[i] ? pstrdup("") : TextDatumGetCString(labels[i]);
	rsd_column_names_unique(names, n);
	for (int i = 0; i < n; i++)
		labels[i] = CStringGetTextDatum(names[i]);
	PG_RETURN_ARRAYTYPE_P(construct_array(labels, n, TEXTOID, -1, false,
										  TYPALIGN_INT));
}
