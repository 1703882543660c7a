/*
 * fault.c
 *	  Named places where a test can make a process die; see fault.h.
 *
 * Empty unless the library is built with FAULT_POINTS=1.  The file is read at
 * each point, which no production build does.
 */
#include "postgres.h"

#include "pg/fault.h"

#ifdef RSD_FAULT_POINTS

#include <signal.h>
#include <unistd.h>

#include "miscadmin.h"
#include "storage/ipc.h"

/* Relative to the data directory, where every process of the server is. */
static const char *const fault_file = "rsdata_fault";

/* One line of the file. */
typedef struct Fault
{
	char		point[64];
	char		action[16];
	int			ms;
	int			nth;
} Fault;

static bool
read_fault(Fault *fault)
{
	FILE	   *file = fopen(fault_file, "r");
	int			first = 0;
	int			second = 0;
	int			words;

	if (file == NULL)
		return false;
	words = fscanf(file, "%63s %15s %d %d",
				   fault->point, fault->action, &first, &second);
	fclose(file);
	if (words < 2)
		return false;
	fault->ms = first;
	fault->nth = strcmp(fault->action, "sleep") == 0 ? second : first;
	return true;
}

static void
stop_server(void)
{
	kill(PostmasterPid, SIGQUIT);
	for (;;)
		pause();
}

/* Leaves the latch alone, so that the code after the point still sees it. */
static void
sleep_for(int ms)
{
	for (; ms > 0; ms -= 10)
	{
		pg_usleep(Min(ms, 10) * 1000L);
		CHECK_FOR_INTERRUPTS();
	}
}

static void
act(const Fault *fault)
{
	if (strcmp(fault->action, "kill") == 0)
		kill(MyProcPid, SIGKILL);
	else if (strcmp(fault->action, "stop") == 0)
		stop_server();
	else if (strcmp(fault->action, "error") == 0)
		ereport(ERROR, errmsg("fault point \"%s\" reached", fault->point));
	else if (strcmp(fault->action, "full") == 0)
		ereport(ERROR,
				errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				errmsg("too many notifications in the NOTIFY queue"));
	else if (strcmp(fault->action, "exit") == 0)
		proc_exit(1);
	else if (strcmp(fault->action, "sleep") == 0)
		sleep_for(fault->ms);
	else
		ereport(WARNING, errmsg("unknown fault action \"%s\"", fault->action));
}

void
rsd_fault(const char *point)
{
	static int	hits = 0;
	Fault		fault;

	if (!read_fault(&fault) || strcmp(fault.point, point) != 0)
		return;
	if (++hits < fault.nth)
		return;
	hits = 0;
	/* Whoever removes the file is the one; it also makes it one-shot. */
	if (unlink(fault_file) != 0)
		return;
	ereport(LOG, errmsg("fault point \"%s\": %s", point, fault.action));
	act(&fault);
}

#endif							/* RSD_FAULT_POINTS */
