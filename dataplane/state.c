/* SPDX-License-Identifier: Apache-2.0
 *
 * The switch's side of the memfd; see state.h.  Main thread.  memfd_create(2), and its size is
 * sealed (F_ADD_SEALS) so that neither process can pull mapped pages from under the other. */
#include "dataplane/state.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "dataplane/ordered.h"

enum { SEALS = F_SEAL_SHRINK | F_SEAL_GROW };

/* Where the parts lie. */
struct layout {
	uint64_t cores_at, transcoders_at, mesh_at, transports_at, more_at, bridge_states_at,
		rules_at, rare_at, bridges_at, mesh_rules_at, records_at, size;
};

static uint64_t
page_up(uint64_t at)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);

	return (at + page - 1) / page * page;
}

/* False: sizes out of range. */
static bool
lay_out(struct layout *l, const struct state_sizes *sizes)
{
	if (sizes->transports == 0 || sizes->transports > SW_TRANSPORTS_MAX ||
		sizes->record_blocks > SW_RECORD_BLOCKS_MAX)
		return false;
	l->cores_at = page_up(sizeof(struct sw_state));
	l->transcoders_at = page_up(l->cores_at + SW_CORES * sizeof(struct sw_core));
	l->mesh_at =
		page_up(l->transcoders_at + SW_TRANSCODERS * sizeof(struct sw_transcoder));
	l->transports_at =
		page_up(l->mesh_at + SW_MESH_NEIGHBOURS * sizeof(struct sw_mesh_link));
	l->more_at = page_up(
		l->transports_at + sizes->transports * sizeof(struct sw_transport_state));
	l->bridge_states_at =
		page_up(l->more_at + sizes->transports * sizeof(struct sw_transport_more));
	l->rules_at = page_up(
		l->bridge_states_at + sizes->transports * sizeof(struct sw_bridge_state));
	l->rare_at = page_up(
		l->rules_at + (sizes->transports + UINT64_C(1)) * sizeof(struct state_slot));
	l->bridges_at = page_up(
		l->rare_at + (sizes->transports + UINT64_C(1)) * sizeof(struct state_rare));
	l->mesh_rules_at = page_up(
		l->bridges_at + (sizes->transports + UINT64_C(1)) * sizeof(struct sw_bridge));
	l->records_at = page_up(l->mesh_rules_at + sizeof(struct state_mesh));
	l->size = page_up(l->records_at + (uint64_t)sizes->record_blocks * SW_RECORD_BLOCK);
	return true;
}

static int
map(struct state *s, int fd, const struct layout *l, const struct state_sizes *sizes)
{
	void *base = mmap(NULL, l->records_at, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	char *at = base;

	if (base == MAP_FAILED)
		return -errno;
	if (madvise(base, l->records_at, MADV_DONTDUMP) != 0) {
		int error = -errno;

		munmap(base, l->records_at);
		return error;
	}
	*s = (struct state){
		.head = base,
		.core = (void *)(at + l->cores_at),
		.transcoder = (void *)(at + l->transcoders_at),
		.mesh_link = (void *)(at + l->mesh_at),
		.transport = (void *)(at + l->transports_at),
		.more = (void *)(at + l->more_at),
		.bridge_state = (void *)(at + l->bridge_states_at),
		.slot = (void *)(at + l->rules_at),
		.rare = (void *)(at + l->rare_at),
		.bridge = (void *)(at + l->bridges_at),
		.mesh = (void *)(at + l->mesh_rules_at),
		.sizes = *sizes,
		.mapped = l->records_at,
		.fd = fd,
	};
	return 0;
}

static int64_t
now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000;
}

int
state_create(struct state *s, const struct state_sizes *sizes)
{
	struct layout l;
	int fd, error;

	if (!lay_out(&l, sizes))
		return -EINVAL;
	if ((fd = memfd_create("strowger-state", MFD_CLOEXEC | MFD_ALLOW_SEALING)) < 0)
		return -errno;
	if (ftruncate(fd, (off_t)l.size) != 0 || fcntl(fd, F_ADD_SEALS, SEALS) != 0) {
		error = -errno;
		goto no_map;
	}
	if ((error = map(s, fd, &l, sizes)) != 0)
		goto no_map;

	s->head->abi = SW_ABI;
	s->head->size = l.size;
	s->head->transports = sizes->transports;
	s->head->cores = 1;
	s->head->record_blocks = sizes->record_blocks;
	s->head->cores_at = l.cores_at;
	s->head->transcoders_at = l.transcoders_at;
	s->head->mesh_at = l.mesh_at;
	s->head->transports_at = l.transports_at;
	s->head->more_at = l.more_at;
	s->head->bridges_at = l.bridge_states_at;
	s->head->rules_at = l.rules_at;
	s->head->mesh_rules_at = l.mesh_rules_at;
	s->head->records_at = l.records_at;
	s->head->created_us = now_us();
	if (getrandom(&s->head->instance, sizeof s->head->instance, 0) !=
		sizeof s->head->instance) {
		error = -errno;
		goto no_random;
	}
	s->head->magic = SW_MAGIC; /* last: a half-made state is none */
	return 0;

no_random:
	munmap(s->head, s->mapped);
no_map:
	close(fd);
	return error;
}

/* ---- Packed rules ---- */

/* The rules in their order, in pieces: which every slot has, and which are rare. */
static const struct piece {
	uint16_t len;
	bool rare;
} pieces[] = {
	{offsetof(struct sw_transport, unseal), false},
	{sizeof(struct sw_transport) - offsetof(struct sw_transport, unseal), true},
	{offsetof(struct sw_flow, sink[1]), false},
	{sizeof(struct sw_flow) - offsetof(struct sw_flow, sink[1]), true},
	{offsetof(struct state_rules, latch_until) - offsetof(struct state_rules, unseal),
		true},
	{sizeof(struct state_rules) - offsetof(struct state_rules, latch_until), false},
};
enum { PIECES = sizeof pieces / sizeof *pieces };
static_assert(offsetof(struct state_rules, flow) == sizeof(struct sw_transport) &&
		      offsetof(struct state_rules, unseal) ==
			      sizeof(struct sw_transport) + sizeof(struct sw_flow),
	"the pieces leave nothing out");

static void
pack(const struct state_rules *rules, uint8_t usual[STATE_USUAL], uint8_t rare[STATE_RARE])
{
	const uint8_t *from = (const uint8_t *)rules;

	for (const struct piece *p = pieces; p < pieces + PIECES; from += p->len, p++) {
		uint8_t **to = p->rare ? &rare : &usual;

		memcpy(*to, from, p->len);
		*to += p->len;
	}
}

/* RARE: NULL: all zero. */
static void
unpack(struct state_rules *rules, const uint8_t *usual, const uint8_t *rare)
{
	uint8_t *to = (uint8_t *)rules;

	for (const struct piece *p = pieces; p < pieces + PIECES; to += p->len, p++) {
		const uint8_t **from = p->rare ? &rare : &usual;

		if (*from == NULL) {
			memset(to, 0, p->len);
			continue;
		}
		memcpy(to, *from, p->len);
		*from += p->len;
	}
}

/* ---- The journal of rules ---- */

static struct state_slot *
journal_of(struct state *s)
{
	return &s->slot[s->sizes.transports];
}

/* What slot SLOT has of a rare part is no more. */
static void
clear_rare(struct state *s, uint32_t slot)
{
	if (s->slot[slot].rare)
		explicit_bzero(&s->rare[slot], sizeof s->rare[slot]);
	s->slot[slot].rare = 0;
}

/* What the journal says is put in its place, maybe for the second time. */
static void
finish_put(struct state *s)
{
	struct state_slot *journal = journal_of(s);
	uint32_t slot = atomic_load(&journal->valid) - 1, last = s->sizes.transports;

	if (slot < last) {
		struct state_slot *to = &s->slot[slot];

		if (journal->bridge)
			s->bridge[slot] = s->bridge[last];
		if (journal->rare) {
			to->rare = 1;
			s->rare[slot] = s->rare[last];
		} else {
			clear_rare(s, slot);
		}
		memcpy(to->usual, journal->usual, sizeof to->usual);
		atomic_store(&to->valid, 1);
	}
	state_rules_clear(s, last);
}

/* ---- Adopting ---- */

/* Does the head state just the parts that we would lay out? */
static bool
is_laid_out(
	const struct sw_state *head, const struct layout *l, const struct state_sizes *sizes)
{
	return head->transports == sizes->transports &&
	       head->record_blocks == sizes->record_blocks && head->cores_at == l->cores_at &&
	       head->transcoders_at == l->transcoders_at && head->mesh_at == l->mesh_at &&
	       head->transports_at == l->transports_at && head->more_at == l->more_at &&
	       head->bridges_at == l->bridge_states_at && head->rules_at == l->rules_at &&
	       head->mesh_rules_at == l->mesh_rules_at && head->records_at == l->records_at &&
	       head->size == l->size;
}

int
state_adopt(struct state *s, int fd, const struct state_sizes *sizes)
{
	struct sw_state head; /* a copy: the other holder may still write */
	struct layout l;
	struct stat file;
	int seals, error = -EBADMSG;

	if (!lay_out(&l, sizes)) {
		error = -EINVAL;
		goto refused;
	}
	if (fstat(fd, &file) != 0 || (seals = fcntl(fd, F_GET_SEALS)) < 0 ||
		fcntl(fd, F_SETFD, FD_CLOEXEC) != 0) {
		error = errno == EINVAL ? -EBADMSG : -errno; /* EINVAL: not a memfd at all */
		goto refused;
	}
	if ((seals & SEALS) != SEALS) {
		error = -EPERM;
		goto refused;
	}
	if (pread(fd, &head, sizeof head, 0) != sizeof head)
		goto refused;
	if ((error = sw_check_state(&head, (uint64_t)file.st_size)) != 0)
		goto refused;
	if (!is_laid_out(&head, &l, sizes)) {
		error = -EBADMSG;
		goto refused;
	}
	if ((error = map(s, fd, &l, sizes)) != 0)
		goto refused;
	finish_put(s);
	return 0;

refused:
	close(fd);
	return error;
}

void
state_close(struct state *s)
{
	munmap(s->head, s->mapped);
	close(s->fd);
	*s = (struct state){.fd = -1};
}

void
state_wipe(struct state *s)
{
	uint64_t rules = s->mapped - (uint64_t)((char *)s->slot - (char *)s->head);

	for (uint32_t i = state_next_used(s, 0); i < s->sizes.transports;
		i = state_next_used(s, i + 1)) {
		if (atomic_load(&s->slot[i].valid) != 0)
			state_rules_clear(s, i);
		if (atomic_load(&s->transport[i].id) != 0)
			atomic_store(&s->transport[i].id, 0);
	}
	state_mesh_wipe(s);
	/* Pages of zeros by now: give them back. */
	madvise(s->slot, rules, MADV_REMOVE);
	/* What the keys have sealed is forgotten: nobody may go on from here. */
	s->head->magic = 0;
}

/* ---- Transports ---- */

void
state_transport_find_more(struct state *s, uint32_t slot)
{
	s->transport[slot].more =
		(uint64_t)((char *)&s->more[slot] - (char *)&s->transport[slot]);
}

void
state_transport_clear(struct state *s, uint32_t slot)
{
	struct sw_transport_state *st = &s->transport[slot];

	atomic_store_explicit(&st->id, 0, memory_order_relaxed);
	ORDERED();
	if (st->has_more)
		memset(&s->more[slot], 0, sizeof s->more[slot]);
	ORDERED();
	memset(st, 0, sizeof *st);
	state_transport_find_more(s, slot);
}

/* ---- Rules ---- */

/* BRIDGE: NULL: as it was. */
static void
put(struct state *s, uint32_t slot, const struct state_rules *rules,
	const struct sw_bridge *bridge)
{
	struct state_slot *journal = journal_of(s);
	static const struct state_rare none;
	struct state_rare rare;

	pack(rules, journal->usual, rare.bytes);
	journal->rare = memcmp(&rare, &none, sizeof rare) != 0;
	if (journal->rare) {
		ORDERED(); /* what is there is found, and wiped */
		s->rare[s->sizes.transports] = rare;
		explicit_bzero(&rare, sizeof rare);
	}
	journal->bridge = bridge != NULL;
	if (bridge != NULL)
		s->bridge[s->sizes.transports] = *bridge;
	atomic_store(&journal->valid, slot + 1);
	finish_put(s);
}

void
state_rules_put(struct state *s, uint32_t slot, const struct state_rules *rules)
{
	put(s, slot, rules, NULL);
}

void
state_rules_put_bridged(struct state *s, uint32_t slot, const struct state_rules *rules,
	const struct sw_bridge *bridge)
{
	put(s, slot, rules, bridge);
}

bool
state_rules_get(const struct state *s, uint32_t slot, struct state_rules *rules)
{
	const struct state_slot *at = &s->slot[slot];
	uint32_t valid = atomic_load(&at->valid);

	*rules = (struct state_rules){0};
	if (valid != 1)
		return false;
	unpack(rules, at->usual, at->rare ? s->rare[slot].bytes : NULL);
	if (rules->transport.slot == slot &&
		sw_check_transport(&rules->transport, s->head) == 0 &&
		(rules->flow.id == 0 ||
			(rules->flow.id == rules->transport.id && rules->flow.slot == slot &&
				sw_check_flow(&rules->flow, s->head) == 0)))
		return true;
	explicit_bzero(rules, sizeof *rules);
	return false;
}

void
state_bridge_get(const struct state *s, uint32_t slot, struct sw_bridge *bridge)
{
	*bridge = s->bridge[slot];
}

void
state_rules_clear(struct state *s, uint32_t slot)
{
	atomic_store(&s->slot[slot].valid, 0);
	explicit_bzero(s->slot[slot].usual, sizeof s->slot[slot].usual);
	clear_rare(s, slot);
}

uint32_t
state_next_with_data(const struct state *s, uint64_t at, uint64_t size, uint32_t i, uint32_t n)
{
	off_t data = lseek(s->fd, (off_t)(at + i * size), SEEK_DATA);
	uint64_t found = data < 0 ? n : ((uint64_t)data - at) / size;

	if (data < 0 && errno != ENXIO)
		return i; /* no way to know */
	return found < n ? (uint32_t)found : n;
}

uint32_t
state_next_used(const struct state *s, uint32_t slot)
{
	const struct sw_state *head = s->head;
	uint32_t n = s->sizes.transports;
	uint32_t state =
		state_next_with_data(s, head->transports_at, sizeof *s->transport, slot, n);
	uint32_t rules = state_next_with_data(s, head->rules_at, sizeof *s->slot, slot, n);

	return state < rules ? state : rules;
}
