# SPDX-License-Identifier: Apache-2.0
"""What ./coffer does once the Debian packages it needs are there."""
