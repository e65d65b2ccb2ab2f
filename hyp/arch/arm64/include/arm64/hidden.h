// SPDX-License-Identifier: Apache-2.0
// Included before every file of the image (meson.build). Nothing in it is taken from another one,
// so an address is never looked up in a table; -fvisibility says that of definitions only.
#pragma GCC visibility push(hidden)
