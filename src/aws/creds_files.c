/*
 * creds_files.c
 *		The two shared files as one list of entries.
 *
 * The text of each file is kept whole; names and values are cut out of it in
 * place, so that freeing is one wipe.
 */
#include "aws/creds_files.h"

#include <ctype.h>
#include <stdlib.h>

#include "base/ini.h"
#include "base/words.h"

#define MAX_FILE (1024 * 1024)
#define MAX_PATH 4096

typedef enum SectionKind
{
	SECTION_OTHER,				/* not ours: kept so that its keys go nowhere */
	SECTION_PROFILE,
	SECTION_SSO_SESSION,
	SECTION_SERVICES
} SectionKind;

typedef struct Section
{
	SectionKind kind;
	RsdProfilesFile file;
	char	   *name;			/* owned */
} Section;

/* Slices until the file has been read, NUL-terminated from then on. */
typedef struct Entry
{
	size_t		section;		/* index */
	RsdSlice	key;
	RsdSlice	subkey;			/* empty: a key of the section itself */
	RsdSlice	value;
} Entry;

struct RsdProfiles
{
	RsdBuf		path[2];
	RsdBuf		text[2];
	Section    *sections;
	size_t		nsections;
	Entry	   *entries;
	size_t		nentries;
};

/* Makes room for one more of n elements; false without memory. */
static bool
make_room(void **array, size_t n, size_t size, RsdError *err)
{
	size_t		room = 16;
	void	   *grown;

	/* full only at 0, 16, 32, 64, ... */
	if (n != 0 && (n < room || (n & (n - 1)) != 0))
		return true;
	grown = realloc(*array, (n == 0 ? room : 2 * n) * size);
	if (grown == NULL)
		return rsd_error_set(err, RSD_ERR_MEMORY,
							 "out of memory for AWS profiles");
	*array = grown;
	return true;
}

/* What "[profile x]" and the like mean; name is set on success. */
static SectionKind
name_config_section(RsdSlice header, char **name)
{
	SectionKind kind = SECTION_OTHER;
	RsdWords	words;
	RsdError	ignored;

	if (!rsd_words_split(header, &words, &ignored))
		return SECTION_OTHER;
	if (words.n == 1 && strcmp(words.argv[0], "default") == 0)
		kind = SECTION_PROFILE;
	else if (words.n == 2 && strcmp(words.argv[0], "profile") == 0)
		kind = SECTION_PROFILE;
	else if (words.n == 2 && strcmp(words.argv[0], "sso-session") == 0)
		kind = SECTION_SSO_SESSION;
	else if (words.n == 2 && strcmp(words.argv[0], "services") == 0)
		kind = SECTION_SERVICES;
	if (kind != SECTION_OTHER)
		*name = strdup(words.argv[words.n - 1]);
	rsd_words_free(&words);
	return kind;
}

static bool
add_section(RsdProfiles *p, RsdProfilesFile file, RsdSlice header,
			RsdError *err)
{
	Section		section = {SECTION_PROFILE, file, NULL};
	void	   *array = p->sections;

	if (!make_room(&array, p->nsections, sizeof(Section), err))
		return false;
	p->sections = array;
	if (file == RSD_FILE_CREDENTIALS)
		section.name = strndup(header.data, header.len);
	else
		section.kind = name_config_section(header, &section.name);
	if (section.kind != SECTION_OTHER && section.name == NULL)
		return rsd_error_set(err, RSD_ERR_MEMORY,
							 "out of memory for AWS profiles");
	p->sections[p->nsections++] = section;
	return true;
}

static bool
add_entry(RsdProfiles *p, RsdSlice key, RsdSlice subkey, RsdSlice value,
		  RsdError *err)
{
	Entry		entry = {p->nsections - 1, key, subkey, value};
	void	   *array = p->entries;

	if (!make_room(&array, p->nentries, sizeof(Entry), err))
		return false;
	p->entries = array;
	p->entries[p->nentries++] = entry;
	return true;
}

/*
 * An indented line: of an empty value it is a nested pair, any other value it
 * continues, line end and all.
 */
static bool
add_deeper(RsdProfiles *p, RsdProfilesFile file, const RsdIniItem *item,
		   RsdError *err)
{
	Entry	   *last = &p->entries[p->nentries - 1];

	if (last->subkey.len == 0 && last->value.len > 0)
	{
		last->value.len = (size_t) (item->value.data + item->value.len -
									last->value.data);
		return true;
	}
	if (item->kind == RSD_INI_SUBKEY)
		return add_entry(p, last->key, item->name, item->value, err);
	return rsd_error_set(err, RSD_ERR_MALFORMED,
						 "file \"%s\", line %d: neither key = value nor the rest of a value",
						 rsd_profiles_path(p, file), item->line);
}

static bool
add_item(RsdProfiles *p, RsdProfilesFile file, const RsdIniItem *item,
		 RsdError *err)
{
	switch (item->kind)
	{
		case RSD_INI_SECTION:
			return add_section(p, file, item->name, err);
		case RSD_INI_KEY:
			return add_entry(p, item->name, rsd_slice(NULL, 0), item->value,
							 err);
		default:
			return add_deeper(p, file, item, err);
	}
}

/* Ends a slice of the file's own text with a NUL. */
static void
terminate(RsdBuf *text, RsdSlice slice)
{
	if (slice.data != NULL)
		text->data[slice.data + slice.len - text->data] = '\0';
}

/* Lower case in place. */
static void
fold(RsdBuf *text, RsdSlice slice)
{
	size_t		start;
	size_t		i;

	if (slice.len == 0)
		return;
	start = (size_t) (slice.data - text->data);
	for (i = start; i < start + slice.len; i++)
		text->data[i] = (char) tolower((unsigned char) text->data[i]);
}

/* Makes C strings of a file's entries, the file being read. */
static void
settle(RsdProfiles *p, RsdBuf *text, size_t first)
{
	size_t		i;

	for (i = first; i < p->nentries; i++)
	{
		Entry	   *e = &p->entries[i];

		fold(text, e->key);
		fold(text, e->subkey);
		terminate(text, e->key);
		terminate(text, e->subkey);
		terminate(text, e->value);
	}
}

static bool
parse_file(RsdProfiles *p, RsdProfilesFile file, RsdError *err)
{
	size_t		first = p->nentries;
	RsdIniReader reader;
	RsdIniItem	item;

	rsd_ini_open(&reader, rsd_buf_slice(&p->text[file]));
	for (;;)
	{
		switch (rsd_ini_next(&reader, &item))
		{
			case RSD_INI_END:
				settle(p, &p->text[file], first);
				return true;
			case RSD_INI_ERROR:
				return rsd_ini_problem(&reader, rsd_profiles_path(p, file),
									   err);
			default:
				if (!add_item(p, file, &item, err))
					return false;
		}
	}
}

static bool
load_file(RsdProfiles *p, const RsdEnv *env, RsdProfilesFile file,
		  bool lenient, RsdError *err)
{
	static const char *const variables[] =
	{"AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"};
	static const char *const usual[] =
	{"~/.aws/config", "~/.aws/credentials"};
	const char *given = rsd_env_get(env, variables[file]);
	char		raw[MAX_PATH];
	RsdError	unread;
	bool		missing;

	if (given == NULL)
		given = usual[file];
	if (!rsd_clip(raw, sizeof(raw), given, strlen(given)))
		return rsd_error_set(err, RSD_ERR_LIMIT, "%s is too long",
							 variables[file]);
	rsd_env_expand(env, raw, &p->path[file]);
	if (!rsd_buf_check(&p->path[file], "path of an AWS profile file", err))
		return false;
	if (rsd_env_read(env, rsd_profiles_path(p, file), &p->text[file],
					 &missing, &unread))
		return parse_file(p, file, err);
	if (missing)
		return true;
	*err = unread;
	return lenient && unread.kind == RSD_ERR_INVALID;
}

RsdProfiles *
rsd_profiles_load(const RsdEnv *env, bool lenient, RsdError *err)
{
	RsdProfiles *p = calloc(1, sizeof(*p));
	int			i;

	rsd_error_clear(err);
	if (p == NULL)
	{
		rsd_error_set(err, RSD_ERR_MEMORY, "out of memory for AWS profiles");
		return NULL;
	}
	for (i = 0; i < 2; i++)
	{
		rsd_buf_init(&p->path[i], MAX_PATH);
		rsd_buf_init(&p->text[i], MAX_FILE);
	}
	if (load_file(p, env, RSD_FILE_CONFIG, lenient, err) &&
		load_file(p, env, RSD_FILE_CREDENTIALS, lenient, err))
		return p;
	rsd_profiles_free(p);
	return NULL;
}

void
rsd_profiles_free(RsdProfiles *profiles)
{
	size_t		i;

	if (profiles == NULL)
		return;
	for (i = 0; i < 2; i++)
	{
		rsd_buf_free(&profiles->path[i]);
		rsd_buf_wipe(&profiles->text[i]);
		rsd_buf_free(&profiles->text[i]);
	}
	for (i = 0; i < profiles->nsections; i++)
		free(profiles->sections[i].name);
	free(profiles->sections);
	free(profiles->entries);
	free(profiles);
}

static bool
section_is(const Section *section, SectionKind kind, RsdProfilesFile file,
		   const char *name)
{
	return section->kind == kind &&
		(file == RSD_FILE_ANY || section->file == file) &&
		strcmp(section->name, name) == 0;
}

static bool
has_section(const RsdProfiles *p, SectionKind kind, RsdProfilesFile file,
			const char *name)
{
	size_t		i;

	for (i = 0; i < p->nsections; i++)
		if (section_is(&p->sections[i], kind, file, name))
			return true;
	return false;
}

/*
 * The last one said wins; as the credentials file is read last, it wins over
 * the config file.
 */
static const char *
find(const RsdProfiles *p, SectionKind kind, RsdProfilesFile file,
	 const char *name, const char *key, const char *subkey)
{
	size_t		i;

	for (i = p->nentries; i > 0; i--)
	{
		const Entry *e = &p->entries[i - 1];

		if (section_is(&p->sections[e->section], kind, file, name) &&
			rsd_slice_is(e->key, key) && rsd_slice_is(e->subkey, subkey) &&
			e->value.len > 0)
			return e->value.data;
	}
	return NULL;
}

bool
rsd_profiles_has(const RsdProfiles *profiles, RsdProfilesFile file,
				 const char *profile)
{
	return has_section(profiles, SECTION_PROFILE, file, profile);
}

const char *
rsd_profiles_get(const RsdProfiles *profiles, RsdProfilesFile file,
				 const char *profile, const char *key)
{
	return find(profiles, SECTION_PROFILE, file, profile, key, "");
}

const char *
rsd_profiles_session(const RsdProfiles *profiles, const char *session,
					 const char *key)
{
	return find(profiles, SECTION_SSO_SESSION, RSD_FILE_ANY, session, key,
				"");
}

bool
rsd_profiles_has_session(const RsdProfiles *profiles, const char *session)
{
	return has_section(profiles, SECTION_SSO_SESSION, RSD_FILE_ANY, session);
}

bool
rsd_profiles_has_services(const RsdProfiles *profiles, const char *services)
{
	return has_section(profiles, SECTION_SERVICES, RSD_FILE_ANY, services);
}

const char *
rsd_profiles_service(const RsdProfiles *profiles, const char *services,
					 const char *service, const char *key)
{
	return find(profiles, SECTION_SERVICES, RSD_FILE_ANY, services, service,
				key);
}

const char *
rsd_profiles_path(const RsdProfiles *profiles, RsdProfilesFile file)
{
	return rsd_buf_str(&profiles->path[file]);
}

const char *
rsd_profiles_choose(const RsdEnv *env, const char *chosen, bool *named)
{
	const char *name = chosen;

	if (name == NULL || name[0] == '\0')
		name = rsd_env_get(env, "AWS_PROFILE");
	if (name == NULL)
		name = rsd_env_get(env, "AWS_DEFAULT_PROFILE");
	if (named != NULL)
		*named = name != NULL;
	return name == NULL ? "default" : name;
}
