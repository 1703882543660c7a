/*
 * params.c
 *		Turns :name markers into $n, so that values travel as real bind
 *		parameters. Reads just enough SQL to leave literals, quoted names,
 *		comments and the :: operator alone. Never looks at values.
 */
#include "params.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* The end of a literal or quoted name that opens at sql; quotes double. */
static const char *
skip_quoted(const char *sql)
{
	char		quote = *sql++;

	for (; *sql != '\0'; sql++)
	{
		if (*sql != quote)
			continue;
		if (sql[1] != quote)
			return sql + 1;
		sql++;
	}
	return sql;
}

static const char *
skip_line_comment(const char *sql)
{
	return sql + strcspn(sql, "\n");
}

/* Block comments nest. */
static const char *
skip_block_comment(const char *sql)
{
	int			depth = 0;

	while (*sql != '\0')
	{
		if (sql[0] == '/' && sql[1] == '*')
		{
			depth++;
			sql += 2;
		}
		else if (sql[0] == '*' && sql[1] == '/')
		{
			sql += 2;
			if (--depth == 0)
				break;
		}
		else
			sql++;
	}
	return sql;
}

/* $tag$ ... $tag$, or just the dollar sign where it opens nothing. */
static const char *
skip_dollar_quoted(const char *sql)
{
	size_t		len = 1;
	const char *end;
	char	   *tag;

	while (isalnum((unsigned char) sql[len]) || sql[len] == '_')
		len++;
	if (sql[len] != '$' || isdigit((unsigned char) sql[1]))
		return sql + 1;
	tag = strndup(sql, len + 1);
	end = strstr(sql + len + 1, tag);
	free(tag);
	return end != NULL ? end + len + 1 : sql + strlen(sql);
}

/* What cannot hold a marker; sql itself where nothing is to be skipped. */
static const char *
skip_opaque(const char *sql)
{
	if (*sql == '\'' || *sql == '"')
		return skip_quoted(sql);
	if (sql[0] == '-' && sql[1] == '-')
		return skip_line_comment(sql);
	if (sql[0] == '/' && sql[1] == '*')
		return skip_block_comment(sql);
	if (*sql == '$')
		return skip_dollar_quoted(sql);
	if (sql[0] == ':' && (sql[1] == ':' || sql[1] == '='))
		return sql + 2;
	return sql;
}

static size_t
name_length(const char *at)
{
	size_t		len = 0;

	while (isalnum((unsigned char) at[len]) || at[len] == '_')
		len++;
	return len;
}

static int
find_param(const EmuRequest *request, const char *name, size_t len)
{
	for (size_t i = 0; i < request->nparams; i++)
	{
		if (strlen(request->param_names[i]) == len &&
			memcmp(request->param_names[i], name, len) == 0)
			return (int) i;
	}
	return -1;
}

/*
 * The number n of a new $n for parameter index. Every marker gets its own, as
 * JDBC's question marks do: so each may be read as another type.
 */
static int
new_place(EmuPart *part, int index)
{
	part->bound = realloc(part->bound,
						  sizeof(int) * (size_t) (part->nbound + 1));
	if (part->bound == NULL)
		abort();
	part->bound[part->nbound++] = index;
	return part->nbound;
}

static bool
uses(const EmuPart *part, int index)
{
	int			n = 0;

	while (n < part->nbound && part->bound[n] != index)
		n++;
	return n < part->nbound;
}

static bool
all_used(const EmuRequest *request, EmuText *message)
{
	bool		used = true;

	for (int i = 0; i < (int) request->nparams; i++)
	{
		size_t		n = 0;

		while (n < request->nparts && !uses(&request->parts[n], i))
			n++;
		if (n < request->nparts)
			continue;
		emu_text_adds(message, used ?
					  "Parameters list contains unused parameters. "
					  "Unused parameters: [" : ", ");
		emu_text_adds(message, request->param_names[i]);
		used = false;
	}
	if (!used)
		emu_text_adds(message, "]");
	return used;
}

static bool
bind_part(const EmuRequest *request, EmuPart *part, EmuText *message)
{
	EmuText		out = {0};
	const char *sql = part->sql;
	bool		known = true;

	emu_text_adds(&out, "");
	while (*sql != '\0')
	{
		const char *next = skip_opaque(sql);
		size_t		len = *sql == ':' && next == sql ?
			name_length(sql + 1) : 0;
		int			index = find_param(request, sql + 1, len);

		if (next == sql)
			next = sql + 1 + len;
		/* array[1:2] has markers only in looks: unknown numbers stay. */
		if (len > 0 && index >= 0)
			emu_text_addf(&out, "$%d", new_place(part, index));
		else
		{
			if (len > 0 && !isdigit((unsigned char) sql[1]) &&
				request->nparams > 0 && known)
			{
				known = false;
				emu_text_addf(message, "Parameters list is missing a "
							  "parameter. Missing parameters: [%.*s]",
							  (int) len, sql + 1);
			}
			emu_text_add(&out, sql, (size_t) (next - sql));
		}
		sql = next;
	}
	part->bound_sql = out.data;
	return known;
}

bool
emu_params_bind(EmuRequest *request, EmuText *message)
{
	for (size_t i = 0; i < request->nparts; i++)
	{
		if (!bind_part(request, &request->parts[i], message))
			return false;
	}
	return all_used(request, message);
}
