// SPDX-License-Identifier: Apache-2.0
// vm_assist (xen/xen.h): modes a guest asks for. On Arm only the runstate update flag exists.
#include "hypercall.h"

int64_t hypercall_vm_assist(struct vcpu *v, uint64_t *args) {
    uint32_t cmd = (uint32_t)args[0], type = (uint32_t)args[1];
    if (type != VMASST_TYPE_runstate_update_flag)
        return fail(-EINVAL);
    if (cmd != VMASST_CMD_enable && cmd != VMASST_CMD_disable)
        return fail(-ENOSYS);
    if (cmd == VMASST_CMD_enable)
        atomic_or(&v->domain->vm_assist, 1U << VMASST_TYPE_runstate_update_flag);
    else
        atomic_and(&v->domain->vm_assist, ~(1U << VMASST_TYPE_runstate_update_flag));
    return 0;
}
