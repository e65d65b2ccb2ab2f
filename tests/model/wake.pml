// SPDX-License-Identifier: Apache-2.0
// sched/core.c in small, for Debian's spin: one vCPU that blocks again and again, two CPUs, one
// process that raises work for it (vcpu_raise) and one that moves its affinity. No work is left
// undelivered (the raiser would wait for good: an invalid end state) and the vCPU is never in two
// places. Each line names the function it stands for. Two bugs can be seeded, and are found:
//   -DBUG_BLOCK    vcpu_block does not look at `pending` again after the state has changed
//   -DBUG_PUTDOWN  sched_put_down does not tell the policy that the registers are in memory
#define NOWHERE 2
#define RAISES 3
#define MOVES 3

mtype = { BLOCKED, RUNNABLE, RUNNING };
mtype state = RUNNABLE;
byte loaded_on = NOWHERE, hard = 0, delivered = 0;
bool runs[2], asked[2], pending, locked;

inline lock() { atomic { !locked -> locked = true } }
inline unlock() { locked = false }

inline find_cpu() { // sched_find_cpu: one look at the place
    byte at = loaded_on;
    if
    :: at != NOWHERE && at != hard -> asked[at] = true
    :: else -> asked[hard] = true
    fi
}

inline wake() { // vcpu_wake
    lock();
    if
    :: state == BLOCKED -> state = RUNNABLE; find_cpu()
    :: else
    fi;
    unlock()
}

inline pick(me) { // sched_pick, and the exit room after it
    asked[me] = false;
    lock();
    if
    :: runs[me] && state == RUNNING && hard == me
    :: runs[me] && state == RUNNING && hard != me ->
        runs[me] = false; state = RUNNABLE; find_cpu()
    :: state == RUNNABLE && hard == me && (loaded_on == me || loaded_on == NOWHERE) ->
        state = RUNNING; loaded_on = me; runs[me] = true
    :: else -> runs[me] = false
    fi;
    assert(!(runs[0] && runs[1]));
    put_down = loaded_on == me && !runs[me] && !(state == BLOCKED && hard == me);
    unlock();
    if
    :: put_down -> // sched_put_down
        loaded_on = NOWHERE;
#ifndef BUG_PUTDOWN
        if
        :: state == RUNNABLE ->
            lock();
            if
            :: state == RUNNABLE -> find_cpu()
            :: else
            fi;
            unlock()
        :: else
        fi
#endif
    :: else
    fi
}

inline block(me) { // vcpu_block
    if
    :: pending
    :: else ->
        lock();
        if
        :: state == RUNNING -> state = BLOCKED; asked[me] = true
        :: else
        fi;
        unlock();
#ifndef BUG_BLOCK
        if
        :: pending -> wake()
        :: else
        fi
#endif
    fi
}

proctype cpu(byte me) {
    bool put_down;
end:
    do
    :: asked[me] -> pick(me)
    :: atomic { !asked[me] && runs[me] && pending -> pending = false; delivered++ }
    :: !asked[me] && runs[me] -> block(me)
    od
}

proctype raiser() { // vcpu_raise
    byte i;
    for (i : 1 .. RAISES) {
        pending = true;
        if
        :: state == BLOCKED -> wake()
        :: else
        fi;
        !pending
    }
    assert(delivered == RAISES)
}

proctype mover() { // sched_set_affinity
    byte i;
    for (i : 1 .. MOVES) {
        lock();
        hard = 1 - hard;
        if
        :: state == RUNNABLE -> find_cpu()
        :: state == RUNNING && loaded_on != NOWHERE -> asked[loaded_on] = true
        :: else
        fi;
        unlock()
    }
}

init {
    atomic {
        asked[0] = true;
        run cpu(0);
        run cpu(1);
        run raiser();
        run mover()
    }
}
