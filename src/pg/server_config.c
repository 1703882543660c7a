/*
 * server_config.c
 *	  Reads a server's and a user mapping's options into one struct.
 *
 * Keys are copied only for who asks for them (the worker), so that a backend
 * that merely submits leaves no copy of them in its memory.  The values were
 * checked by the validator; what it could not know is checked by the service.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "catalog/pg_user_mapping.h"
#include "commands/defrem.h"
#include "foreign/foreign.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

#include "base/buf.h"
#include "pg/option_check.h"
#include "pg/options.h"

static bool
read_boolean(const char *value)
{
	bool		result = false;

	(void) parse_bool(value, &result);
	return result;
}

/* "a, b" as a list of palloc'd strings. */
static List *
read_topics(const char *value)
{
	List	   *topics = NIL;

	while (*value != '\0')
	{
		size_t		len = strcspn(value, ",");
		RsdSlice	topic = rsd_slice_trim(rsd_slice(value, len));

		topics = lappend(topics, pnstrdup(topic.data, topic.len));
		value += len;
		value += strspn(value, ",");
	}
	return topics;
}

/* Where a text option of a server goes; NULL if it is not one. */
static char **
text_field(RsdServerConfig *config, const char *name)
{
	const struct
	{
		const char *name;
		char	  **field;
	}			fields[] = {
		{"region", &config->region},
		{"cluster_identifier", &config->cluster_identifier},
		{"workgroup_name", &config->workgroup_name},
		{"database", &config->database},
		{"db_user", &config->db_user},
		{"secret_arn", &config->secret_arn},
		{"endpoint_url", &config->endpoint_url},
		{"sns_endpoint_url", &config->sns_endpoint_url},
		{"success_topic_arn", &config->success_topic_arn},
		{"failure_topic_arn", &config->failure_topic_arn},
	};

	for (size_t i = 0; i < lengthof(fields); i++)
	{
		if (strcmp(fields[i].name, name) == 0)
			return fields[i].field;
	}
	return NULL;
}

static void
take_server_option(RsdServerConfig *config, const char *name,
				   const char *value)
{
	char	  **text = text_field(config, name);

	if (text != NULL)
		*text = pstrdup(value);
	else if (strcmp(name, "topic_arns") == 0)
		config->topic_arns = read_topics(value);
	else if (strcmp(name, "max_in_flight") == 0)
		config->max_in_flight = atoi(value);
	else if (strcmp(name, "quota_share") == 0)
		config->quota_share = strtod(value, NULL);
	else if (strcmp(name, "timeout") == 0)
		config->timeout = rsd_read_interval(name, value);
	else if (strcmp(name, "deadline") == 0)
		config->deadline = rsd_read_interval(name, value);
	else if (strcmp(name, "describe") == 0)
		config->describe_always = strcmp(value, "always") == 0;
	else if (strcmp(name, "enabled") == 0)
		config->enabled = read_boolean(value);
}

/* What a mapping's options say: values borrowed from the catalog's array. */
typedef struct MappingOptions
{
	RsdSlice	access_key_id;
	RsdSlice	secret_access_key;
	RsdSlice	session_token;
	RsdSlice	endpoint_url;
	RsdSlice	sns_endpoint_url;
} MappingOptions;

static void
note_mapping_option(MappingOptions *mapping, RsdSlice option)
{
	struct
	{
		const char *prefix;
		RsdSlice   *value;
	}			fields[] = {
		{"access_key_id=", &mapping->access_key_id},
		{"secret_access_key=", &mapping->secret_access_key},
		{"session_token=", &mapping->session_token},
		{"endpoint_url=", &mapping->endpoint_url},
		{"sns_endpoint_url=", &mapping->sns_endpoint_url},
	};

	for (size_t i = 0; i < lengthof(fields); i++)
	{
		size_t		len = strlen(fields[i].prefix);

		if (rsd_slice_starts(option, fields[i].prefix))
			*fields[i].value = rsd_slice(option.data + len, option.len - len);
	}
}

static char *
copy_slice(RsdSlice slice)
{
	return slice.data == NULL ? NULL : pnstrdup(slice.data, slice.len);
}

/* Takes over what a mapping says; own: it is the role's, not PUBLIC's. */
static void
take_mapping(RsdServerConfig *config, const MappingOptions *mapping,
			 bool own, int flags)
{
	config->has_keys = mapping->access_key_id.data != NULL &&
		mapping->secret_access_key.data != NULL;
	config->own_keys = config->has_keys && own;
	if (mapping->endpoint_url.data != NULL)
		config->endpoint_url = copy_slice(mapping->endpoint_url);
	if (mapping->sns_endpoint_url.data != NULL)
		config->sns_endpoint_url = copy_slice(mapping->sns_endpoint_url);
	if (flags & RSD_CONFIG_SECRETS)
	{
		config->access_key_id = copy_slice(mapping->access_key_id);
		config->secret_access_key = copy_slice(mapping->secret_access_key);
		config->session_token = copy_slice(mapping->session_token);
	}
}

/*
 * Reads a mapping's options in place: the array points into the catalog
 * cache, unless it was compressed; that copy is zeroed.
 */
static void
read_mapping(RsdServerConfig *config, HeapTuple tuple, bool own, int flags)
{
	MappingOptions mapping;
	Datum		datum;
	ArrayType  *array;
	Datum	   *elems;
	bool		isnull;
	int			n;

	memset(&mapping, 0, sizeof(mapping));
	datum = SysCacheGetAttr(USERMAPPINGUSERSERVER, tuple,
							Anum_pg_user_mapping_umoptions, &isnull);
	if (isnull)
		return;
	array = DatumGetArrayTypeP(datum);
	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT,
					  &elems, NULL, &n);
	for (int i = 0; i < n; i++)
	{
		text	   *option = (text *) DatumGetPointer(elems[i]);

		note_mapping_option(&mapping, rsd_slice(VARDATA_ANY(option),
												VARSIZE_ANY_EXHDR(option)));
	}
	take_mapping(config, &mapping, own, flags);
	if (DatumGetPointer(datum) != (Pointer) array)
	{
		rsd_wipe(array, VARSIZE(array));
		pfree(array);
	}
	pfree(elems);
}

/* The role's own mapping, else PUBLIC's, else nothing. */
static void
find_mapping(RsdServerConfig *config, Oid owner, int flags)
{
	HeapTuple	tuple;
	bool		own = true;

	tuple = SearchSysCache2(USERMAPPINGUSERSERVER, ObjectIdGetDatum(owner),
							ObjectIdGetDatum(config->oid));
	if (!HeapTupleIsValid(tuple))
	{
		own = false;
		tuple = SearchSysCache2(USERMAPPINGUSERSERVER,
								ObjectIdGetDatum(InvalidOid),
								ObjectIdGetDatum(config->oid));
	}
	if (!HeapTupleIsValid(tuple))
		return;
	read_mapping(config, tuple, own, flags);
	ReleaseSysCache(tuple);
}

RsdServerConfig *
rsd_server_config(Oid server, Oid owner, int flags)
{
	ForeignServer *fs;
	RsdServerConfig *config;
	ListCell   *lc;

	fs = GetForeignServerExtended(server, FSV_MISSING_OK);
	if (fs == NULL && (flags & RSD_CONFIG_MISSING_OK))
		return NULL;
	if (fs == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("server with OID %u does not exist", server)));
	if (strcmp(GetForeignDataWrapper(fs->fdwid)->fdwname, "rsdata") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("server \"%s\" is not a server of foreign data wrapper \"%s\"",
						fs->servername, "rsdata")));

	config = palloc0(sizeof(RsdServerConfig));
	config->oid = server;
	config->name = fs->servername;
	config->max_in_flight = RSD_DEFAULT_MAX_IN_FLIGHT;
	config->quota_share = RSD_DEFAULT_QUOTA_SHARE;
	config->describe_always = true;
	config->enabled = true;
	foreach(lc, fs->options)
	{
		DefElem    *def = lfirst_node(DefElem, lc);

		take_server_option(config, def->defname, defGetString(def));
	}
	find_mapping(config, owner, flags);
	return config;
}

bool
rsd_server_topic_allowed(const RsdServerConfig *config, const char *arn)
{
	ListCell   *lc;

	if (config->own_keys)
		return true;
	foreach(lc, config->topic_arns)
	{
		if (strcmp(lfirst(lc), arn) == 0)
			return true;
	}
	return (config->success_topic_arn != NULL &&
			strcmp(config->success_topic_arn, arn) == 0) ||
		(config->failure_topic_arn != NULL &&
		 strcmp(config->failure_topic_arn, arn) == 0);
}

static void
wipe_text(char **text)
{
	if (*text != NULL)
	{
		rsd_wipe(*text, strlen(*text));
		pfree(*text);
		*text = NULL;
	}
}

void
rsd_server_config_wipe(RsdServerConfig *config)
{
	wipe_text(&config->access_key_id);
	wipe_text(&config->secret_access_key);
	wipe_text(&config->session_token);
}
