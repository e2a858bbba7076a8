//! An operation that failed is performed once more, with other parameters.

use crate::rig::{saw, seen, with_file};

/// A filter that has what failed performed once more.
mod again {
    use super::saw;
    use fltmgr::parameters::Disposition;
    use fltmgr::{Error, Filter, Operations, PostOp, PostStatus, PreOp, PrePost, PreStatus, Result, Starting, op};

    struct Again;

    impl Filter for Again {
        const OPERATIONS: Operations<Self> = Operations::new().pre_post::<op::Create>();

        fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
            Ok(Self)
        }
    }

    impl PrePost<op::Create> for Again {
        type Carry = ();

        fn pre<'a>(&self, create: PreOp<'a, op::Create>) -> PreStatus<'a, op::Create, ()> {
            create.pass_with(())
        }

        fn post<'a>(&self, create: PostOp<'a, op::Create>, (): ()) -> PostStatus<'a, op::Create> {
            let (at, missing) = (create.irql(), create.status() == Error::OBJECT_NAME_NOT_FOUND.into());
            match create.reissue(self, at) {
                Ok(mut again) if missing => {
                    again.change(|create| create.set_disposition(Disposition::OpenIf));
                    let create = again.perform();
                    saw(format!("again, created {}", create.created()));
                    match create.reissue(self, at) {
                        Ok(_) => unreachable!("it has opened its file"),
                        Err(create) => create.finish(),
                    }
                }
                Ok(other) => other.into_operation().finish(),
                Err(create) => {
                    saw("opened");
                    create.finish()
                }
            }
        }
    }

    fltmgr::driver!(Again);
}

#[test]
fn a_create_that_failed_is_performed_again_with_other_parameters() {
    let guarded = with_file(again::driver_entry);
    let file = guarded.anybody().open("/a").unwrap();
    assert_eq!(seen(), ["opened"]);
    drop(file);
    assert!(guarded.anybody().open("/missing").is_ok());
    assert_eq!(seen(), ["again, created true"]);
    guarded.machine.unload("test").unwrap();
    assert!(guarded.anybody().exists("/missing"));
}
