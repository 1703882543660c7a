/*
 * fault.h
 *	  Named places where a test can make a process die.
 *
 * Only a library built with FAULT_POINTS=1 has them; elsewhere rsd_fault() is
 * empty.  A test writes one line into the file rsdata_fault in the data
 * directory:
 *
 *		point action [ms] [n]
 *
 * and the nth time (default: the first) that one process comes to that point
 * the file is removed and the action done, so it happens once even if the
 * server restarts on it.  Actions:
 *
 *		kill		SIGKILL to this process
 *		stop		immediate shutdown of the server, as pg_ctl -m immediate
 *		error		ereport(ERROR)
 *		full		ereport(ERROR) as a commit does that finds no room for NOTIFY
 *		exit		proc_exit(1)
 *		sleep ms	sleeps that long, interruptible
 */
#ifndef RSD_PG_FAULT_H
#define RSD_PG_FAULT_H

#ifdef RSD_FAULT_POINTS

/*
 * Does what the armed line says if it names this point.  point is a word of
 * up to 63 characters without blanks.  May not return, may raise an error.
 */
extern void rsd_fault(const char *point);

#else

static inline void
rsd_fault(const char *point)
{
	(void) point;
}

#endif

#endif							/* RSD_PG_FAULT_H */
