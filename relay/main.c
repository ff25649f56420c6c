/* SPDX-License-Identifier: Apache-2.0
 *
 * strowger: the control process.  Reads its options and configuration, forks the helper that
 * starts the switch, takes the node's lock, gives up root, and runs the node. */
#include <errno.h>
#include <getopt.h>
#include <libgen.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "control/log.h"
#include "control/ng.h"
#include "control/note.h"
#include "control/rpc_markdown.h"
#include "control/wipe.h"
#include "dataplane/secret.h"
#include "relay/config.h"
#include "relay/event_kinds.h"
#include "relay/instance.h"
#include "relay/launcher.h"
#include "relay/like_rtpengine.h"
#include "relay/mesh_file.h"
#include "relay/methods.h"
#include "relay/metrics.h"
#include "relay/node.h"
#include "relay/privileges.h"
#include "relay/record.h"
#include "relay/sandbox.h"
#include "relay/switch_args.h"
#include "relay/upgrade.h"

static const char default_file[] = "/etc/strowger/strowger.conf";

static const char usage[] =
	"usage: strowger [-c FILE] [OPTION]\n"
	"       strowger --like-rtpengine [OPTION OF RTPENGINE]\n"
	"\n"
	"The control process of the strowger media relay.  Starts strowger-switch, which moves the\n"
	"packets, or attaches to the one that runs.\n"
	"\n"
	"  -c, --config FILE  the configuration (/etc/strowger/strowger.conf)\n"
	"      --check-config say whether FILE is right, and end\n"
	"      --check-upgrade  likewise, for a strowger that is to become this program\n"
	"      --print-config print the commented default configuration, and end\n"
	"      --print-rpc    print the reference of all RPC methods (markdown), and end\n"
	"      --print-record print the reference of the call record (markdown), and end\n"
	"      --print-metrics  print the reference of all metrics (markdown), and end\n"
	"      --print-ng     print the reference of NG's keys and flags (markdown), and end\n"
	"      --leave-switch on SIGTERM and SIGINT end alone, at once: calls go on in the switch\n"
	"      --no-switch    attach to a switch that somebody else starts, and leave it at the end\n"
	"      --exec-switch  become strowger-switch with the arguments that FILE makes\n"
	"      --no-sandbox   filter no system calls, neither here nor in the switch; for debugging\n"
	"      --like-rtpengine  first of all: what follows is rtpengine's command line, which takes the\n"
	"                     place of FILE; with --print-config as well, print what FILE would be, and end\n"
	"      --help         print this\n"
	"      --version      print the version\n"
	"\n"
	"SIGHUP reads the configuration again.\n"
	"SIGTERM takes no new calls and ends when none is left or drain_timeout has passed, a second\n"
	"one at once; SIGINT ends at once.\n";

struct args {
	const char *file;
	bool made; /* of rtpengine's options */
	/* 1: it was said */
	int check, check_upgrade, exec_switch, leave_switch, no_switch, no_sandbox;
};

/* PAGE is released. */
static int
print_page(char *page)
{
	if (page == NULL)
		return EXIT_FAILURE;
	fputs(page, stdout);
	free(page);
	return EXIT_SUCCESS;
}

static int
print_file(const char *path)
{
	FILE *f = fopen(path, "re");
	int c;

	if (f == NULL)
		return EXIT_FAILURE;
	while ((c = getc(f)) != EOF)
		putchar(c);
	fclose(f);
	return EXIT_SUCCESS;
}

static int
print_config(void)
{
	config_print_default(stdout);
	return EXIT_SUCCESS;
}

static int
print_rpc(void)
{
	return print_page(rpc_markdown(relay_methods(), RELAY_METHODS, event_kinds));
}

static int
print_record(void)
{
	return print_page(record_markdown());
}

static int
print_metrics(void)
{
	return print_page(metrics_markdown());
}

static int
print_ng(void)
{
	return print_page(ng_markdown());
}

static int
print_usage(void)
{
	fputs(usage, stdout);
	return EXIT_SUCCESS;
}

static int
print_version(void)
{
	puts("strowger " STROWGER_VERSION);
	return EXIT_SUCCESS;
}

/* -1: go on; else the exit status. */
static int
parse_args(struct args *a, int argc, char **argv)
{
	enum { NOTHING, CONFIG, RPC, RECORD, METRICS, NG, USAGE, VERSION };
	static int (*const prints[])(void) = {[CONFIG] = print_config,
		[RPC] = print_rpc,
		[RECORD] = print_record,
		[METRICS] = print_metrics,
		[NG] = print_ng,
		[USAGE] = print_usage,
		[VERSION] = print_version};
	int print = NOTHING, opt;
	const struct option options[] = {
		{"config", required_argument, NULL, 'c'},
		{"check-config", no_argument, &a->check, 1},
		{"check-upgrade", no_argument, &a->check_upgrade, 1},
		{"print-config", no_argument, &print, CONFIG},
		{"print-rpc", no_argument, &print, RPC},
		{"print-record", no_argument, &print, RECORD},
		{"print-metrics", no_argument, &print, METRICS},
		{"print-ng", no_argument, &print, NG},
		{"leave-switch", no_argument, &a->leave_switch, 1},
		{"no-switch", no_argument, &a->no_switch, 1},
		{"exec-switch", no_argument, &a->exec_switch, 1},
		{"no-sandbox", no_argument, &a->no_sandbox, 1},
		{"help", no_argument, &print, USAGE},
		{"version", no_argument, &print, VERSION},
		{NULL, 0, NULL, 0},
	};

	while ((opt = getopt_long(argc, argv, "c:", options, NULL)) != -1) {
		if (opt == 'c') {
			a->file = optarg;
		} else if (opt != 0) {
			fputs("try: strowger --help\n", stderr);
			return EXIT_FAILURE;
		}
		if (print != NOTHING)
			return prints[print]();
	}
	if (optind < argc) {
		fprintf(stderr, "strowger: '%s' is not an option; try: strowger --help\n",
			argv[optind]);
		return EXIT_FAILURE;
	}
	return -1;
}

/* The configuration that ARGV, a command line of rtpengine's, makes takes the place of a file.
 * As parse_args(). */
static int
parse_like_rtpengine(struct args *a, char **argv)
{
	static char path[32];
	struct like_rtpengine like;
	int fd = memfd_create("like-rtpengine", MFD_CLOEXEC);
	FILE *to = fd >= 0 ? fdopen(fd, "w") : NULL;

	if (to == NULL) {
		fprintf(stderr, "strowger: %s\n", strerror(errno));
		return EXIT_FAILURE;
	}
	if (like_rtpengine(&like, argv, to, stderr) != 0 || fflush(to) != 0)
		return EXIT_FAILURE;
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	a->file = path;
	a->made = true;
	if (like.print)
		return print_file(path);
	like.ours[0] = argv[-2];
	return parse_args(a, like.n_ours + 1, like.ours);
}

/* [node] switch, or the program beside ours, or the one in PATH. */
static const char *
switch_program(const struct config *c, char path[PATH_MAX])
{
	static const char name[] = "strowger-switch";
	ssize_t len;

	if (c->switch_path[0] != '\0')
		return c->switch_path;
	if ((len = readlink("/proc/self/exe", path, PATH_MAX - sizeof name - 1)) < 0)
		return name;
	path[len] = '\0';
	dirname(path);
	strcat(strcat(path, "/"), name);
	return access(path, X_OK) == 0 ? path : name;
}

/* What both ways to the switch need: its arguments and its directory.  NULL after a log line.
 */
static char **
prepare_switch(const struct config *c, const struct args *a, const struct privileges *who)
{
	const struct switch_start start = {(int)who->uid, (int)who->gid, a->no_sandbox != 0};
	char program[PATH_MAX], **argv;

	if ((argv = switch_args(c, switch_program(c, program), start)) == NULL) {
		log_err("out of memory");
		return NULL;
	}
	if (instance_make_dir(c->run_dir, who->gid) != 0) {
		free(argv);
		return NULL;
	}
	return argv;
}

static int
exec_switch(char **argv)
{
	execvp(argv[0], argv);
	log_err("cannot run %s: %m; [node] switch says where it is", argv[0]);
	return EXIT_FAILURE;
}

/* Under the lock, and no longer root. */
static int
run_node(const struct node_conf *conf)
{
	struct node *n = node_open(conf);
	int status;

	if (n == NULL)
		return EXIT_FAILURE;
	status = node_run(n);
	node_close(n);
	return status;
}

/* The helper and the lock: of our own, or those that were handed to us.  0 or -errno, after a
 * log line; what was taken so far is the caller's. */
static int
prepare_node(struct node_conf *conf, struct instance *lock, const struct args *a,
	const struct privileges *who, char **switch_argv)
{
	const struct handed *h = &conf->handed;

	*lock = (struct instance){.lock_fd = -1};
	/* First, so that the helper inherits no lock. */
	if (handed_take(&conf->handed)) {
		instance_take(lock, h->lock);
		conf->launcher =
			h->launcher >= 0 ? launcher_take(h->launcher, h->helper) : NULL;
	} else {
		if (geteuid() != 0 && !a->no_switch)
			log_warn(
				"not started as root: strowger-switch, which is started now, "
				"cannot open network devices without root's rights; try: sudo");
		conf->launcher = a->no_switch ? NULL
					      : launcher_open(switch_argv,
							a->no_sandbox ? privileges_launcher
								      : sandbox_launcher);
	}
	if (conf->launcher == NULL && !a->no_switch) {
		log_err("cannot have the helper that starts the switch: %m");
		return -errno;
	}
	return lock->lock_fd >= 0 ? 0 : instance_open(lock, conf->config->run_dir, who->uid);
}

/* What takes root's rights to be made for whom we become.  0 or -errno, after a log line. */
static int
prepare_files(const struct config *c, const struct privileges *who)
{
	return c->mesh_interface[0] != '\0'
		       ? mesh_file_make_dir(c->mesh_identities, who->uid, who->gid)
		       : 0;
}

/* For good.  0 or -errno, after a log line. */
static int
give_up(const struct args *a, const struct privileges *who)
{
	int err = privileges_drop(who);

	if (err == 0 && a->no_sandbox)
		log_warn("--no-sandbox: system calls are not filtered");
	else if (err == 0)
		err = sandbox_control();
	return err;
}

static int
run(struct config *c, const struct args *a, const struct privileges *who, char **switch_argv,
	const char *program, char **argv)
{
	struct node_conf conf = {
		.config = c,
		.config_path = a->file,
		.leave_switch = a->leave_switch,
		.program = program,
		.argv = argv,
	};
	struct instance lock;
	int status = EXIT_FAILURE;

	memcpy(conf.socket_gid, who->socket_gid, sizeof conf.socket_gid);
	conf.ng_gid = who->ng_gid;
	if (prepare_node(&conf, &lock, a, who, switch_argv) == 0) {
		conf.lock_fd = lock.lock_fd;
		rpc_server_have_descriptors();
		if (prepare_files(c, who) == 0 && give_up(a, who) == 0)
			status = run_node(&conf);
		instance_close(&lock);
	}
	launcher_close(conf.launcher);
	return status;
}

/* We are the child of a strowger that is to become this program, under its filter. */
static int
say_upgrade(const struct config *c)
{
	if (sandbox_is_of_another()) {
		fputs("it makes other system calls than the one that runs lets it: restart, with "
		      "`strowger-ctl node stop --leave-switch` calls go on\n",
			stderr);
		return EXIT_FAILURE;
	}
	upgrade_say_version(c->run_dir);
	return EXIT_SUCCESS;
}

/* Why the configuration is wrong, ERR, which begins with the file's name; nobody knows that of
 * one that was made. */
static void
say_wrong(const struct args *a, int status, const char *err)
{
	static const char between[] = ": ";

	if (a->made)
		fprintf(stderr,
			"strowger: %s; --print-config prints the lines that the options were "
			"made into\n",
			err + strlen(a->file) + strlen(between));
	else
		fprintf(stderr, "strowger: %s%s\n", err,
			status == -ENOENT
				? "; strowger --print-config prints one to begin with"
				: "");
}

static void
warn_of_modes(const struct config *c)
{
	if (c->rpc_mode & 07)
		log_warn("[rpc] mode = %04o lets every user of this host administer the node",
			(unsigned)c->rpc_mode);
	if (c->session_mode & 07)
		log_warn(
			"[rpc] session_mode = %04o lets every user of this host end every call",
			(unsigned)c->session_mode);
}

int
main(int argc, char **argv)
{
	static struct config config;
	struct args args = {.file = default_file};
	struct privileges who;
	char err[512], program[PATH_MAX] = "", **switch_argv;
	int status;

	sandbox_begin();
	wipe_install();
	secret_take_little();
	note_memory(secret_alloc, secret_free);
	status = argc > 1 && strcmp(argv[1], "--like-rtpengine") == 0
			 ? parse_like_rtpengine(&args, argv + 2)
			 : parse_args(&args, argc, argv);
	if (status >= 0)
		return status;
	if ((status = config_load(args.file, &config, err, sizeof err)) != 0) {
		say_wrong(&args, status, err);
		return EXIT_FAILURE;
	}
	log_open((enum log_level)config.log_level, config.log_plain);
	warn_of_modes(&config);
	if (privileges_find(&who, &config) != 0)
		return EXIT_FAILURE;
	if (args.check) {
		printf("%s is right\n", args.made ? "what the options say" : args.file);
		return EXIT_SUCCESS;
	}
	if (args.check_upgrade)
		return say_upgrade(&config);
	if ((switch_argv = prepare_switch(&config, &args, &who)) == NULL)
		return EXIT_FAILURE;
	/* Now: the file may be replaced while we run. */
	(void)!readlink("/proc/self/exe", program, sizeof program - 1);
	status = args.exec_switch ? exec_switch(switch_argv)
				  : run(&config, &args, &who, switch_argv, program, argv);
	free(switch_argv);
	return status;
}
