"""The engine's parameters: which of them only a reboot can change."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from compiler.kinds.mysql.spec import Parameter

# Parameters that RDS lets one set and that MySQL 8.0 and 8.4 read only at their start.
# Source: "Dynamic: No" in the MySQL 8.4 reference manual, sections 7.1.8 and 17.14.
STATIC = frozenset(
    {
        "back_log",
        "ft_max_word_len",
        "ft_min_word_len",
        "ft_query_expansion_limit",
        "ft_stopword_file",
        "gtid-mode",
        "innodb_autoinc_lock_mode",
        "innodb_buffer_pool_instances",
        "innodb_buffer_pool_load_at_startup",
        "innodb_flush_method",
        "innodb_ft_cache_size",
        "innodb_ft_max_token_size",
        "innodb_ft_min_token_size",
        "innodb_ft_sort_pll_degree",
        "innodb_ft_total_cache_size",
        "innodb_log_file_size",
        "innodb_log_files_in_group",
        "innodb_numa_interleave",
        "innodb_open_files",
        "innodb_page_cleaners",
        "innodb_purge_threads",
        "innodb_read_io_threads",
        "innodb_rollback_on_timeout",
        "innodb_sort_buffer_size",
        "innodb_sync_array_size",
        "innodb_write_io_threads",
        "log_bin_use_v1_row_events",
        "lower_case_table_names",
        "max_digest_length",
        "performance_schema",
        "performance_schema_digests_size",
        "performance_schema_max_digest_length",
        "skip_external_locking",
        "skip_name_resolve",
        "skip_show_database",
        "table_open_cache_instances",
        "thread_stack",
    }
)


def apply_method(name: str, parameter: Parameter) -> str:
    """When a changed value takes hold: for a static parameter AWS refuses `immediate`."""
    if parameter.apply_method:
        return parameter.apply_method
    return "pending-reboot" if name in STATIC or name.startswith("performance_schema_") else "immediate"
