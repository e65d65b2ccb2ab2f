# SPDX-License-Identifier: Apache-2.0
# Save, restore, migrate and the other commands that need a suspended guest, which no Arm guest is on Xen 4.17.
shows create 'GUEST-UP' boot v1
look save xl save v1 /tmp/v1.save
look after-save xl list
look restore xl restore /tmp/v1.save
look migrate xl migrate v1 localhost
look suspend xl suspend v1
look resume xl resume v1
look remus xl remus v1 localhost
look alive on v1 'echo sum=$((6*7))'
