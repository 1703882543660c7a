/*
 * ideal.c
 *	  The least a client can do: curl_multi and libpq, nothing else.  The
 *	  practical limit that the bench compares with.
 *
 * It signs nothing, believes every reply, looks for members by their names
 * and keeps one buffer a request.  Never a model for real code.
 *
 * usage: ideal calls|jobs|pages|queue URL DSN FORMAT INFLIGHT <SQL, a line each
 *
 * jobs: each statement is executed with long polling, its first page fetched
 * and kept as one row of bench_out(tag, body), all that ended in one sweep
 * in one commit.  pages: the result of one statement is copied into
 * bench_load, one page fetched ahead.  calls: as jobs, but nothing is kept.
 * queue: listens, and runs what is in bench_queue(id, sql, taken), marked as
 * taken first, until the server goes away.
 */
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <curl/curl.h>
#include <libpq-fe.h>

typedef struct Text
{
	char	   *data;
	size_t		len;
	size_t		size;
} Text;

typedef struct Job
{
	CURL	   *curl;
	struct curl_slist *headers;
	Text		request;
	Text		reply;
	char		tag[32];
	char		id[80];
	bool		fetching;
	bool		ended;
} Job;

static const char *url;
static bool csv;
static bool keeping;
static CURLM *multi;
static PGconn *db;
static char **lines;
static int	nlines;
static int	next_line;

static void
die(const char *what, const char *detail)
{
	fprintf(stderr, "ideal: %s: %s\n", what, detail);
	exit(1);
}

static void
text_add(Text *t, const char *data, size_t len)
{
	if (t->len + len + 1 > t->size)
	{
		t->size = (t->len + len + 1) * 2;
		t->data = realloc(t->data, t->size);
		if (t->data == NULL)
			die("memory", "none left");
	}
	memcpy(t->data + t->len, data, len);
	t->len += len;
	t->data[t->len] = '\0';
}

static void
text_adds(Text *t, const char *s)
{
	text_add(t, s, strlen(s));
}

static size_t
take_body(char *data, size_t size, size_t n, void *arg)
{
	text_add(arg, data, size * n);
	return size * n;
}

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double) t.tv_sec + (double) t.tv_nsec / 1e9;
}

static void
run(const char *sql)
{
	PGresult   *r = PQexec(db, sql);

	if (PQresultStatus(r) != PGRES_COMMAND_OK)
		die(sql, PQerrorMessage(db));
	PQclear(r);
}

/* The text of the member of that name, up to its closing quote; no escapes. */
static bool
member(const Text *reply, const char *name, char *out, size_t size)
{
	char		key[64];
	const char *at;
	size_t		len;

	snprintf(key, sizeof(key), "\"%s\":", name);
	at = strstr(reply->data, key);
	if (at == NULL)
		return false;
	at += strlen(key);
	at += strspn(at, " \"");
	len = strcspn(at, "\"");
	if (len >= size)
		die(name, "too long");
	memcpy(out, at, len);
	out[len] = '\0';
	return true;
}

static void
post(Job *job, const char *op)
{
	char		target[96];

	job->reply.len = 0;
	curl_slist_free_all(job->headers);
	snprintf(target, sizeof(target), "X-Amz-Target: RedshiftData.%s", op);
	job->headers = curl_slist_append(NULL, target);
	job->headers = curl_slist_append(job->headers,
									 "Content-Type: application/x-amz-json-1.1");
	job->headers = curl_slist_append(job->headers, "Expect:");
	curl_easy_setopt(job->curl, CURLOPT_URL, url);
	curl_easy_setopt(job->curl, CURLOPT_HTTPHEADER, job->headers);
	curl_easy_setopt(job->curl, CURLOPT_POSTFIELDS, job->request.data);
	curl_easy_setopt(job->curl, CURLOPT_POSTFIELDSIZE, (long) job->request.len);
	curl_easy_setopt(job->curl, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(job->curl, CURLOPT_WRITEDATA, &job->reply);
	curl_easy_setopt(job->curl, CURLOPT_PRIVATE, job);
	curl_multi_add_handle(multi, job->curl);
}

static void
execute(Job *job, const char *line)
{
	job->fetching = false;
	snprintf(job->tag, sizeof(job->tag), "%.*s", (int) strcspn(line, "\t"),
			 line);
	job->request.len = 0;
	text_adds(&job->request, "{\"WorkgroupName\":\"analytics\",\"Database\":\"dev\","
			  "\"WaitTimeSeconds\":30,\"ClientToken\":\"ideal-");
	text_adds(&job->request, job->tag);
	text_adds(&job->request, csv ? "\",\"ResultFormat\":\"CSV\",\"Sql\":\"" :
			  "\",\"Sql\":\"");
	text_adds(&job->request, line + strcspn(line, "\t") + 1);
	text_adds(&job->request, "\"}");
	post(job, "ExecuteStatement");
}

static void
fetch(Job *job, const char *token)
{
	job->fetching = true;
	job->request.len = 0;
	text_adds(&job->request, "{\"Id\":\"");
	text_adds(&job->request, job->id);
	if (token != NULL)
	{
		text_adds(&job->request, "\",\"NextToken\":\"");
		text_adds(&job->request, token);
	}
	text_adds(&job->request, "\"}");
	post(job, csv ? "GetStatementResultV2" : "GetStatementResult");
}

static void
describe(Job *job)
{
	job->request.len = 0;
	text_adds(&job->request, "{\"WaitTimeSeconds\":30,\"Id\":\"");
	text_adds(&job->request, job->id);
	text_adds(&job->request, "\"}");
	post(job, "DescribeStatement");
}

/* What follows a reply to Execute or Describe. */
static void
follow(Job *job)
{
	char		status[32] = "";

	if (!member(&job->reply, "Id", job->id, sizeof(job->id)))
		die("reply", job->reply.data);
	member(&job->reply, "Status", status, sizeof(status));
	if (strcmp(status, "FINISHED") == 0)
		fetch(job, NULL);
	else
		describe(job);
}

/*
 * One round of the network; what came back is told to "done".  Waits only if
 * nothing had come before.
 */
static void
turn(void (*done) (Job *))
{
	CURLMsg    *msg;
	int			running;
	int			left;

	curl_multi_perform(multi, &running);
	msg = curl_multi_info_read(multi, &left);
	if (msg == NULL)
		curl_multi_poll(multi, NULL, 0, 1000, NULL);
	for (; msg != NULL; msg = curl_multi_info_read(multi, &left))
	{
		Job		   *job;
		CURL	   *curl = msg->easy_handle;
		long		code = 0;

		if (msg->data.result != CURLE_OK)
			die("curl", curl_easy_strerror(msg->data.result));
		curl_easy_getinfo(curl, CURLINFO_PRIVATE, (char **) &job);
		curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &code);
		curl_multi_remove_handle(multi, curl);
		if (code != 200)
			die("status", job->reply.data);
		done(job);
	}
}

static void
job_done(Job *job)
{
	if (job->fetching)
		job->ended = true;
	else
		follow(job);
}

/* Keeps what has ended, in one commit, and starts as many others. */
static int
keep(Job *jobs, int n)
{
	int			kept = 0;

	for (int i = 0; i < n; i++)
	{
		const char *values[] = {jobs[i].tag, jobs[i].reply.data};

		if (!jobs[i].ended)
			continue;
		if (kept++ == 0 && keeping)
			run("BEGIN");
		if (keeping)
			PQclear(PQexecPrepared(db, "keep", 2, values, NULL, NULL, 0));
		jobs[i].ended = false;
		if (next_line < nlines)
			execute(&jobs[i], lines[next_line++]);
	}
	if (kept > 0 && keeping)
		run("COMMIT");
	return kept;
}

static void
run_jobs(int inflight)
{
	Job		   *jobs = calloc((size_t) inflight, sizeof(Job));
	int			kept = 0;

	PQclear(PQprepare(db, "keep", "INSERT INTO bench_out VALUES ($1, $2)", 2,
					  NULL));
	for (int i = 0; i < inflight && next_line < nlines; i++)
	{
		jobs[i].curl = curl_easy_init();
		execute(&jobs[i], lines[next_line++]);
	}
	while (kept < nlines)
	{
		turn(job_done);
		kept += keep(jobs, inflight);
	}
}

/* ---- a queue ---- */

/* Takes one statement of the queue, for others to see, and runs it. */
static void
run_next(Job *job)
{
	PGresult   *r = PQexecPrepared(db, "take", 0, NULL, NULL, NULL, 0);

	if (PQntuples(r) != 1)
		die("take", PQerrorMessage(db));
	execute(job, PQgetvalue(r, 0, 0));
	PQclear(r);
	for (job->ended = false; !job->ended;)
		turn(job_done);
}

static void
run_queue(void)
{
	Job			job = {.curl = curl_easy_init()};

	PQclear(PQprepare(db, "take", "UPDATE bench_queue SET taken = true "
					  "WHERE id = (SELECT id FROM bench_queue "
					  "WHERE NOT taken LIMIT 1 FOR UPDATE SKIP LOCKED) "
					  "RETURNING 'q' || id || E'\\t' || sql", 0, NULL));
	run("LISTEN bench_queue");
	while (PQstatus(db) == CONNECTION_OK)
	{
		struct pollfd wait = {.fd = PQsocket(db), .events = POLLIN};
		PGnotify   *heard;

		poll(&wait, 1, -1);
		PQconsumeInput(db);
		heard = PQnotifies(db);
		if (heard == NULL)
			continue;
		PQfreemem(heard);
		run_next(&job);
	}
}

/* ---- one large result ---- */

/* Undoes JSON's escapes of a string that ends at its quote. */
static const char *
unescape(const char *at, Text *out, bool copy_text)
{
	for (;;)
	{
		size_t		plain = strcspn(at, copy_text ? "\"\\\t" : "\"\\");

		text_add(out, at, plain);
		at += plain;
		if (*at == '"' || *at == '\0')
			return at;
		if (*at == '\t')
			text_adds(out, "\\t");
		else if (at[1] == 'n')
			text_adds(out, copy_text ? "\\n" : "\n"), at++;
		else if (at[1] == 'r')
			text_adds(out, copy_text ? "\\r" : "\r"), at++;
		else if (at[1] == 't')
			text_adds(out, copy_text ? "\\t" : "\t"), at++;
		else
			text_add(out, at + 1, 1), at++;
		at++;
	}
}

/* A page of CSVRecords as COPY ... (FORMAT csv) wants it. */
static void
csv_rows(const Text *page, Text *out)
{
	const char *at = page->data;

	while ((at = strstr(at, "\"CSVRecords\":")) != NULL)
	{
		at += 13;
		at += strspn(at, " ") + 1;
		at = unescape(at, out, false);
	}
}

/* A page of Records as COPY's text format wants it. */
static void
json_rows(const Text *page, Text *out)
{
	const char *at = strstr(page->data, "\"Records\":");
	bool		first = true;

	for (at += 10; at != NULL && *at != '\0'; at++)
	{
		if (*at == ']' && first)
			break;				/* the end of Records */
		if (*at == ']')
		{
			text_adds(out, "\n");
			first = true;
		}
		if (*at != '{')
			continue;
		if (!first)
			text_adds(out, "\t");
		first = false;
		at = strchr(at, ':') + 1;
		at += strspn(at, " ");
		if (*at == '"')
			at = unescape(at + 1, out, true);
		else if (strncmp(at - 8, "isNull\":", 8) == 0 ||
				 strncmp(at - 9, "isNull\": ", 9) == 0)
			text_adds(out, "\\N");
		else
			text_add(out, at, strcspn(at, "}"));
		at = strchr(at, '}');
	}
}

static bool page_here;

static void
page_done(Job *job)
{
	page_here = job->fetching;
	if (!job->fetching)
		follow(job);
}

/*
 * Sends rows while the next page is read: a reply that nobody reads fills the
 * socket, and its sender then waits for a timer.
 */
static void
put_rows(const Text *rows)
{
	int			left;
	int			running;

	if (PQputCopyData(db, rows->data, (int) rows->len) != 1)
		die("COPY", PQerrorMessage(db));
	while ((left = PQflush(db)) == 1)
	{
		struct curl_waitfd writable = {
			.fd = PQsocket(db),
			.events = CURL_WAIT_POLLOUT,
		};

		curl_multi_poll(multi, &writable, 1, 1000, NULL);
		curl_multi_perform(multi, &running);
	}
	if (left != 0)
		die("COPY", PQerrorMessage(db));
}

static void
run_pages(void)
{
	Job			job = {.curl = curl_easy_init()};
	Text		page = {0};
	Text		rows = {0};
	char		token[4096];
	bool		more = true;
	PGresult   *r = PQexec(db, csv ? "COPY bench_load FROM STDIN (FORMAT csv, HEADER)" :
						   "COPY bench_load FROM STDIN");

	if (PQresultStatus(r) != PGRES_COPY_IN)
		die("COPY", PQerrorMessage(db));
	PQsetnonblocking(db, 1);
	execute(&job, lines[0]);
	while (more)
	{
		int			running;

		for (page_here = false; !page_here;)
			turn(page_done);
		rows.len = page.len = 0;
		text_add(&page, job.reply.data, job.reply.len);
		more = member(&job.reply, "NextToken", token, sizeof(token));
		if (more)
		{
			fetch(&job, token);
			curl_multi_perform(multi, &running);
		}
		if (csv)
			csv_rows(&page, &rows);
		else
			json_rows(&page, &rows);
		put_rows(&rows);
	}
	PQsetnonblocking(db, 0);
	if (PQputCopyEnd(db, NULL) != 1)
		die("COPY", PQerrorMessage(db));
	r = PQgetResult(db);
	if (PQresultStatus(r) != PGRES_COMMAND_OK)
		die("COPY", PQerrorMessage(db));
}

static void
read_lines(void)
{
	char	   *line = NULL;
	size_t		size = 0;
	ssize_t		len;

	while ((len = getline(&line, &size, stdin)) > 0)
	{
		line[strcspn(line, "\n")] = '\0';
		lines = realloc(lines, sizeof(char *) * (size_t) (nlines + 1));
		lines[nlines++] = strdup(line);
	}
}

int
main(int argc, char **argv)
{
	double		start;

	if (argc != 6)
		die("usage", "ideal calls|jobs|pages|queue URL DSN json|csv INFLIGHT");
	url = argv[2];
	csv = strcmp(argv[4], "csv") == 0;
	read_lines();
	curl_global_init(CURL_GLOBAL_ALL);
	multi = curl_multi_init();
	db = PQconnectdb(argv[3]);
	if (PQstatus(db) != CONNECTION_OK)
		die("database", PQerrorMessage(db));
	start = now();
	keeping = strcmp(argv[1], "jobs") == 0;
	if (strcmp(argv[1], "queue") == 0)
		run_queue();
	else if (strcmp(argv[1], "pages") == 0)
		run_pages();
	else
		run_jobs(atoi(argv[5]));
	printf("{\"job_s\": %.6f}\n", now() - start);
	return 0;
}
