//! The client of the fileguard driver, as a program: see the library.

fn main() -> std::process::ExitCode {
    fileguardctl::main()
}
