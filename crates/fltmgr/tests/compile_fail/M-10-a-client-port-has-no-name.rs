//! The port of a client is closed by who has the variable of it, and that is not the filter.
use fltmgr::port::{Connection, Port};

fn close<P: Port>(connection: Connection<P>) {
    connection.close();
}

fn main() {}
